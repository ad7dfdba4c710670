// Behind the four buttons: what the day consists of. Each number leads to its rows.

import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Session } from '@/api/invoices-types';

/** Statuses of rows that the archive lists. */
const LISTED: Record<string, string> = { total: 'valid', not_found: 'not_found', in_past: 'in_past', already_sent: 'already_sent' };

/** `whole`: this is the day's own page. */
export function DayFacts({ session, whole }: { session: Session; whole?: boolean }) {
  const { t, i18n } = useTranslation('warehouse');
  const number = new Intl.NumberFormat(i18n.language);
  if (session.state === 'none') return null;
  const facts: [string, number | null | undefined][] = [
    ['total', session.total], ['generated', session.generated], ['processed', session.processed], ['not_found', session.not_found], ['in_past', session.in_past],
    ['already_sent', session.already_sent], ['rejected', session.rejected], ['ignored', session.ignored],
  ];
  return (
    <section className="stack-s" aria-label={t('facts.title')}>
      <dl className="fact-tiles">
        {facts.filter(([, value]) => value !== null && value !== undefined).map(([name, value]) => (
          <div key={name} className="card" data-fact={name}>
            <dt>{t(`facts.${name}`)}</dt>
            <dd className="num">
              {value && LISTED[name] ? (
                <Link to="/invoices/archive" search={{ status: LISTED[name], date: `${session.business_date}..${session.business_date}` }} className="link-plain">{number.format(value)}</Link>
              ) : (
                number.format(value ?? 0)
              )}
            </dd>
          </div>
        ))}
      </dl>
      <div className="row small">
        {session.files.map((file) => (
          <Link key={file.id} to="/invoices/files/$id" params={{ id: file.id }} className="mono break">{file.name}</Link>
        ))}
        {!whole && <Link to="/invoices/sessions/$date" params={{ date: session.business_date }}>{t('facts.whole_day')}</Link>}
      </div>
    </section>
  );
}
