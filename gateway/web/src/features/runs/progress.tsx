// Progress of a run: a bar, the numbers, the rate and the time left when they can be known.

import { useTranslation } from 'react-i18next';
import type { Run } from '@/api/types';
import { useNow } from '@/components/zone';
import { formatDuration } from '@/lib/time';
import { estimate } from './estimate';
import { unitWord } from './units';

export function RunProgress({ run, compact }: { run: Run; compact?: boolean }) {
  const { t, i18n } = useTranslation('runs');
  const now = useNow();
  const { progress } = run;
  if (!progress || (progress.done === null && !progress.text)) return null;
  const { share, perSecond, secondsLeft } = estimate(run, now);
  const number = new Intl.NumberFormat(i18n.language);
  const count = progress.done === null
    ? ''
    : progress.total
    ? t('progress.of', { done: number.format(progress.done), total: number.format(progress.total), unit: unitWord(t, i18n, progress.unit, progress.total) })
    : t('progress.done', { done: number.format(progress.done), unit: unitWord(t, i18n, progress.unit, progress.done) });
  if (compact) return <span className="num">{[count, progress.text].filter(Boolean).join(' · ')}</span>;
  return (
    <div className="stack-s" role="group" aria-label={t('progress.label')}>
      <div
        className={`bar tone-${run.state} ${share === null && run.state === 'running' ? 'bar-unknown' : ''}`}
        role="progressbar" aria-label={t('progress.label')} aria-valuemin={0} aria-valuemax={100}
        aria-valuenow={share === null ? undefined : Math.round(share * 100)} aria-valuetext={count}
      >
        <span style={share === null ? undefined : { width: `${share * 100}%` }} />
      </div>
      <div className="row small num">
        <span className="strong">{count}</span>
        {progress.text && <span className="dim">{progress.text}</span>}
        {perSecond !== null && <span className="dim">{rateText(perSecond)}</span>}
        {secondsLeft !== null && <span className="dim">{t('progress.left', { time: formatDuration(secondsLeft, i18n.language) })}</span>}
      </div>
    </div>
  );

  function rateText(rate: number): string {
    const [value, per] = rate >= 1 ? [rate, 'second'] : rate * 60 >= 1 ? [rate * 60, 'minute'] : [rate * 3600, 'hour'];
    const digits = new Intl.NumberFormat(i18n.language, { maximumFractionDigits: value < 10 ? 1 : 0 });
    return t(`progress.per_${per}`, { value: digits.format(value) });
  }
}
