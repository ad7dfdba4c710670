// A day as a story: every event in its order, with who, how long, and where to look further.

import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { IconFileText, IconHelpCircle, IconListDetails, IconMail, IconTruckDelivery, IconUserCheck } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Entry, Timeline } from '@/api/invoices-types';
import { Empty } from '@/components/screen';
import { StateIcon } from '@/components/state';
import { Time } from '@/components/zone';
import { jobsQuery } from '@/features/schedules/queries';
import { useBy } from '@/features/warehouse/by';
import { useReasonWords } from '@/features/warehouse/report-view';
import { consoleLink } from '@/lib/links';
import { useProblemText } from '@/lib/problem-text';
import { formatDuration } from '@/lib/time';
import { wordFor } from '@/lib/service-words';
import { sentenceOf, toneOfEntry, withoutEchoes } from './tell';
import './story.css';

const SIGNS: Record<Entry['kind'], typeof IconMail> = { file: IconFileText, session: IconTruckDelivery, run: IconListDetails, effect: IconHelpCircle, mail: IconMail, audit: IconUserCheck };

export function Story({ timeline }: { timeline: Timeline }) {
  const { t } = useTranslation('days');
  const entries = withoutEchoes(timeline.items);
  return (
    <section className="card card-pad" aria-labelledby="story">
      <h2 id="story" className="section-title">{t('files:course.title')}</h2>
      {entries.length === 0 ? <Empty title={t('nothing')}>{t('nothing_why')}</Empty> : <ol className="timeline story">{entries.map((entry, index) => <Event key={`${entry.at}${index}`} entry={entry} />)}</ol>}
      {timeline.truncated && <p className="note note-tone tone-partial flush" role="status">{t('truncated', { count: timeline.items.length })}</p>}
    </section>
  );
}

function Event({ entry }: { entry: Entry }) {
  const { t, i18n } = useTranslation('days');
  const tone = toneOfEntry(entry);
  const Sign = SIGNS[entry.kind];
  const said = useSentence()(entry);
  const detail = useDetail()(entry);
  const took = entry.until ? (Date.parse(entry.until) - Date.parse(entry.at)) / 1000 : 0;
  return (
    <li className={`tone-${tone}`} data-entry={`${entry.kind}.${entry.code}`}>
      <span className="timeline-mark"><Sign size={16} stroke={2} aria-hidden /></span>
      <div className="stack-tight">
        <div className="spread story-head">
          <span className="strong break">{entry.link && entry.kind !== 'session' ? <Link to={consoleLink(entry.link, 'invoices')} className="link-plain">{said}</Link> : said}</span>
          <span className="small dim story-when"><Time at={entry.at} style="time" />{took >= 1 && <> · {t(entry.kind === 'mail' ? 'after' : 'took', { time: formatDuration(took, i18n.language) })}</>}</span>
        </div>
        {detail && <div className="small dim break">{detail}</div>}
        {(entry.kind === 'run' || entry.kind === 'effect') && (
          <div className="row-tight small"><span className="dot"><StateIcon state={tone} size={13} /></span><span className="state-word">{t(entry.kind === 'run' ? `common:state.${entry.code}` : `doubt.${entry.code}`)}</span></div>
        )}
      </div>
    </li>
  );
}

/** The sentence of an entry; one that this console does not know yet is told by its own words. */
function useSentence(): (entry: Entry) => string {
  const { t, i18n } = useTranslation('days');
  const by = useBy();
  const jobs = useQuery(jobsQuery(['invoices'])).data?.items ?? [];
  return (entry) => {
    const key = sentenceOf(entry);
    const known = i18n.exists(`days:story.${key}`, { count: entry.count ?? 0 });
    const number = new Intl.NumberFormat(i18n.language).format(entry.count ?? 0);
    const topic = entry.title.split('/').at(-1) ?? '';
    const title =
      entry.kind === 'run' ? wordFor(t, 'invoices', 'job', { name: entry.title, title: jobs.find((job) => job.name === entry.title)?.title ?? entry.title })
      : entry.kind === 'mail' ? wordOf(i18n, t, `mails:kind.${entry.title}`, entry.title)
      : entry.code === 'options.changed' ? wordOf(i18n, t, `options:invoices.${topic}.title`, topic)
      : entry.title;
    const values = { title, by: by(entry.by), count: entry.count ?? 0, number };
    return known ? t(`story.${key}`, values) : t('story.other', { ...values, code: `${entry.kind} ${entry.code}` });
  };
}

function wordOf(i18n: { exists: (key: string) => boolean }, t: (key: string) => string, key: string, otherwise: string): string {
  return i18n.exists(key) ? t(key) : otherwise.replaceAll('_', ' ');
}

/** What stands below the sentence: the reason in words, to whom, the line of the log. */
function useDetail(): (entry: Entry) => string {
  const { t } = useTranslation('days');
  const reason = useReasonWords();
  const problem = useProblemText();
  return (entry) => {
    if (!entry.detail) return '';
    switch (entry.kind) {
      case 'file':
        return reason(entry.detail);
      case 'session':
        if (entry.code === 'opened') return entry.by ? t('note', { note: entry.detail }) : entry.detail;
        return entry.code === 'closed' && !['completed', 'expired', 'forced'].includes(entry.detail) ? problem({ code: entry.detail, detail: '', params: {} }).happened : '';
      case 'mail':
        return entry.code === 'sent' ? t('to', { to: entry.detail }) : entry.detail;
      case 'audit':
        return entry.detail === 'done' ? '' : t('refused');
      default:
        return entry.detail;
    }
  };
}
