// One day: how it went, what was sent (to download), which invoices were not found (to print).

import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { IconArrowLeft, IconDownload, IconPrinter } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { download } from '@/api/client';
import type { Session } from '@/api/invoices-types';
import { Copy } from '@/components/copy';
import { ProblemView } from '@/components/problem';
import { Load, Screen } from '@/components/screen';
import { StateBadge } from '@/components/state';
import { Time } from '@/components/zone';
import { RunLink } from '@/features/runs/run-detail';
import { useBy } from '@/features/warehouse/by';
import { DayFacts } from '@/features/warehouse/day-facts';
import { DayLine } from '@/features/warehouse/day-line';
import { StatusLine } from '@/features/warehouse/status-line';
import { toneOf } from '@/features/warehouse/steps';
import { saveBlob } from '@/lib/files';
import { formatDay } from '@/lib/time';
import { dayWord } from './days';
import { dayQuery, rowsOfDayQuery } from './queries';

export function Day() {
  const { t, i18n } = useTranslation('files');
  const { date } = useParams({ from: '/signed-in/frame/invoices/sessions/$date' });
  const query = useQuery(dayQuery(date));
  const session = query.data;
  return (
    <Screen
      title={formatDay(date, i18n.language)} tab={session ? t(dayWord(session as never)) : null}
      aside={session && <StateBadge state={toneOf(session)} label={t(dayWord(session as never))} />}
      back={<Link to="/invoices/sessions" className="row-tight"><IconArrowLeft size={16} aria-hidden />{t('all_days')}</Link>}
      actions={session && <DayActions session={session} />}
    >
      <Load query={query}>
        {(data) => (
          <div className="stack-l">
            <section className="card card-pad stack no-print"><DayLine session={data} /><StatusLine session={data} /></section>
            <DayFacts session={data} />
            <Course session={data} />
            <NotFoundList session={data} />
          </div>
        )}
      </Load>
    </Screen>
  );
}

function DayActions({ session }: { session: Session }) {
  const { t } = useTranslation('files');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const save = async () => {
    setBusy(true);
    setError(null);
    try {
      const { blob, name } = await download(`/api/invoices/v1/sessions/${session.business_date}/csv`, `${session.business_date}.csv`);
      saveBlob(blob, name);
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Button variant="default" size="md" loading={busy} disabled={session.generated === null} leftSection={<IconDownload size={17} aria-hidden />} onClick={() => void save()}>{t('download_csv')}</Button>
      <Button variant="default" size="md" disabled={session.not_found === 0} leftSection={<IconPrinter size={17} aria-hidden />} onClick={() => window.print()}>{t('print_not_found')}</Button>
      {error !== null && <ProblemView error={error} />}
    </>
  );
}

function Course({ session }: { session: Session }) {
  const { t } = useTranslation('files');
  const by = useBy();
  const steps: [string, string | null | undefined, React.ReactNode][] = [
    ...session.files.map((file): [string, string | null | undefined, React.ReactNode] => [t('course.file'), file.received_at, <Link key={file.id} to="/invoices/files/$id" params={{ id: file.id }} className="mono break">{file.name}</Link>]),
    [t('course.started'), session.started_at, session.started_by],
    [t('course.uploaded'), session.uploaded_at, session.remote_name && <Copy text={session.remote_name} />],
    [t('course.verified'), session.verified_at, session.log_line ? <code className="break small">{session.log_line}</code> : session.confirmed_by && t('course.confirmed_by', { by: session.confirmed_by, note: session.confirmed_note })],
    [t('course.closed'), session.closed_at, by(session.closed_by)],
  ];
  const known = steps.filter(([, at]) => at).sort((a, b) => Date.parse(a[1] ?? '') - Date.parse(b[1] ?? ''));
  if (known.length === 0) return null;
  return (
    <section className="card card-pad no-print">
      <h2 className="section-title">{t('course.title')}</h2>
      <ol className="plain course">
        {known.map(([name, at, what]) => (
          <li key={`${name}${at}`}><Time at={at} style="full" /><span className="strong">{name}</span><span className="break">{what}</span></li>
        ))}
      </ol>
      {session.run_id && <p className="flush small dim">{t('course.run')} <RunLink service="invoices" id={session.run_id} /></p>}
    </section>
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
