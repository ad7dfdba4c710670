// The one sentence that the warehouse reads, the bar, and what the day consists of.

import { useTranslation } from 'react-i18next';
import type { Session } from '@/api/invoices-types';
import { Time } from '@/components/zone';
import { useProblemText } from '@/lib/problem-text';
import { formatDay } from '@/lib/time';
import { toneOf } from './steps';

export function useSessionSentence(): (session: Session) => string {
  const { t, i18n } = useTranslation('warehouse');
  return (session) => {
    const number = new Intl.NumberFormat(i18n.language);
    const values = {
      date: session.business_date, processed: number.format(session.processed), total: number.format(session.total),
      open: number.format(Math.max(0, session.total - session.processed)), count: session.total,
    };
    if (session.state === 'opening') return t(`sentence.opening_${session.step ?? 'generating'}`, values);
    if (session.state === 'closed') return t(`sentence.closed_${session.expired ? 'expired' : session.reason === 'completed' ? 'completed' : 'forced'}`, values);
    return t(`sentence.${session.state}`, values);
  };
}

export function StatusLine({ session }: { session: Session }) {
  const { t, i18n } = useTranslation('warehouse');
  const sentence = useSessionSentence()(session);
  const problem = useProblemText();
  const share = session.total > 0 ? Math.min(1, session.processed / session.total) : 0;
  const told = session.state === 'failed' && session.reason ? problem({ code: session.reason, detail: '', params: { total: session.total, generated: session.generated, attempt: session.attempt } }) : null;
  const showBar = session.state === 'open' || session.state === 'closed';
  return (
    <div className="stack-s status-line">
      <p className="sentence" role="status" aria-live="polite">{sentence}</p>
      {showBar && (
        <div
          className={`bar bar-big tone-${toneOf(session)}`} role="progressbar" aria-label={t('processed')} aria-valuemin={0} aria-valuemax={Math.max(session.total, 1)} aria-valuenow={session.processed}
          aria-valuetext={sentence}
        >
          <span style={{ width: `${share * 100}%` }} />
        </div>
      )}
      {told && (
        <div className="problem tone-failed problem-plain">
          <div>
            <p className="happened">{told.happened}</p>
            {told.means && <p>{told.means}</p>}
            {told.act && <p>{told.act}</p>}
            {session.error && <p className="small break">{t('last_error', { error: session.error })}</p>}
          </div>
        </div>
      )}
      {session.stale && session.last_checked_at && (
        <p className="note note-tone tone-partial flush">{t('counts_old')} <Time at={session.last_checked_at} style="full" /></p>
      )}
      <span className="offscreen">{formatDay(session.business_date, i18n.language)}</span>
    </div>
  );
}
