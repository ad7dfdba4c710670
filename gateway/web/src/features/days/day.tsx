// One day: how it went as a story, what was sent (to download), which invoices were not found (to print). A day without a
// session is a day, too: why it has none is told.

import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { IconArrowLeft, IconChevronLeft, IconChevronRight, IconPrinter } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Session } from '@/api/invoices-types';
import { DownloadButton } from '@/components/download-button';
import { Load, Screen } from '@/components/screen';
import { StateBadge } from '@/components/state';
import { useSiteZone } from '@/components/zone';
import { DayFacts } from '@/features/warehouse/day-facts';
import { DayLine } from '@/features/warehouse/day-line';
import { StatusLine } from '@/features/warehouse/status-line';
import { toneOf } from '@/features/warehouse/steps';
import { shiftDay } from '@/lib/day-range';
import { dateIn, formatDay } from '@/lib/time';
import { dayWord } from './days';
import { dayQuery, rowsOfDayQuery, timelineQuery } from './queries';
import { Story } from './story';
import { explain } from './tell';

export function Day() {
  const { t, i18n } = useTranslation('files');
  const { date } = useParams({ from: '/signed-in/frame/invoices/sessions/$date' });
  const query = useQuery(dayQuery(date));
  const timeline = useQuery(timelineQuery(date));
  const session = query.data;
  const word = session && t(dayWord(session));
  return (
    <Screen
      title={formatDay(date, i18n.language)} tab={word ?? null} aside={session && <StateBadge state={toneOf(session)} label={word ?? ''} />}
      back={<Link to="/invoices/sessions" className="row-tight"><IconArrowLeft size={16} aria-hidden />{t('all_days')}</Link>}
      actions={<><Neighbours date={date} />{session && <DayActions session={session} />}</>}
    >
      <div className="stack-l">
        <Load query={query} rows={3}>
          {(data) =>
            data ? (
              <>
                <section className="card card-pad stack no-print"><DayLine session={data} /><StatusLine session={data} /></section>
                <DayFacts session={data} whole />
              </>
            ) : (
              <WithoutSession date={date} />
            )
          }
        </Load>
        <div className="no-print"><Load query={timeline}>{(told) => <Story timeline={told} />}</Load></div>
        {session && <NotFoundList session={session} />}
      </div>
    </Screen>
  );
}

/** The days before and after, so that a week can be read through. */
function Neighbours({ date }: { date: string }) {
  const { t } = useTranslation('days');
  const today = dateIn(useSiteZone());
  return (
    <>
      <Button component={Link} to={`/invoices/sessions/${shiftDay(date, -1)}`} variant="default" size="md" leftSection={<IconChevronLeft size={16} aria-hidden />}>{t('earlier')}</Button>
      {date < today && <Button component={Link} to={`/invoices/sessions/${shiftDay(date, 1)}`} variant="default" size="md" rightSection={<IconChevronRight size={16} aria-hidden />}>{t('later')}</Button>}
    </>
  );
}

function WithoutSession({ date }: { date: string }) {
  const { t } = useTranslation('days');
  const today = dateIn(useSiteZone());
  const told = useQuery(timelineQuery(date)).data;
  const why = told && explain(false, told.items, date, today);
  return why ? <p className="note flush" role="status" data-explained={why}>{t(`explain.${why}`)}</p> : null;
}

function DayActions({ session }: { session: Session }) {
  const { t } = useTranslation('files');
  return (
    <>
      <DownloadButton path={`/api/invoices/v1/sessions/${session.business_date}/csv`} name={`${session.business_date}.csv`} disabled={session.generated === null}>{t('download_csv')}</DownloadButton>
      <Button variant="default" size="md" disabled={session.not_found === 0} leftSection={<IconPrinter size={17} aria-hidden />} onClick={() => window.print()}>{t('print_not_found')}</Button>
    </>
  );
}

function NotFoundList({ session }: { session: Session }) {
  const { t, i18n } = useTranslation('files');
  const imported = session.files.filter((file) => !file.state || file.state === 'imported').map((file) => file.id);
  const query = useQuery({ ...rowsOfDayQuery(imported, 'not_found'), enabled: session.not_found > 0 && imported.length > 0 });
  if (session.not_found === 0) return null;
  return (
    <section className="card card-pad">
      <h2 className="section-title">{t('not_found_title', { count: session.not_found, date: formatDay(session.business_date, i18n.language, 'date') })}</h2>
      <Load query={query} rows={3}>
        {(rows) => (
          <div className="table-wrap" tabIndex={0} role="region" aria-label={t('column.not_found')}>
            <table className="table">
              <thead><tr><th className="fit">{t('column.invoice')}</th><th className="fit end">{t('column.quantity')}</th><th>{t('column.description')}</th><th className="fit end">{t('column.line')}</th></tr></thead>
              <tbody>
                {rows.map((row) => (
                  <tr key={`${row.file_id}${row.line_number}`}><td className="mono">{String(row.invoice_number)}</td><td className="end num">{row.quantity}</td><td className="break">{row.description}</td><td className="end num">{row.line_number}</td></tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Load>
    </section>
  );
}
