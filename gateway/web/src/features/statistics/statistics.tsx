// The days in figures: charts of counts and durations, the same as a table, and as CSV. The range is in the address.

import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { IconDownload } from '@tabler/icons-react';
import { lazy, Suspense, useCallback, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { DayFigures } from '@/api/invoices-types';
import { DayRangeField } from '@/components/day-range';
import { Empty, Lines, Load, Screen } from '@/components/screen';
import { useSiteZone } from '@/components/zone';
import { readDays, shiftDay } from '@/lib/day-range';
import { saveBlob, toCsv } from '@/lib/files';
import { dateIn, formatTaken } from '@/lib/time';
import { plotOf, sumsOf } from './figures';
import { statisticsQuery } from './queries';
import { FigureTable, useFigureColumns } from './table';

const Chart = lazy(() => import('./chart'));
const USUAL = '30d';

export function Statistics() {
  const { t } = useTranslation('statistics');
  const search = useSearch({ from: '/signed-in/frame/invoices/statistics' });
  const navigate = useNavigate({ from: '/invoices/statistics' });
  const today = dateIn(useSiteZone());
  const range = readDays(search.range ?? USUAL, today);
  const to = range.to ?? today;
  const from = range.from ?? shiftDay(to, -29);
  const query = useQuery(statisticsQuery(from, to));
  return (
    <Screen title={t('common:nav.statistics')} actions={query.data?.length ? <ExportButton figures={query.data} from={from} to={to} /> : null}>
      <div className="stack-l">
        <DayRangeField value={search.range ?? USUAL} onChange={(next) => void navigate({ search: { range: next === USUAL ? undefined : next }, replace: true })} today={today} />
        <Load query={query} rows={6}>
          {(figures) =>
            figures.length === 0 ? (
              <div className="card"><Empty title={t('nothing')}>{t('nothing_why')}</Empty></div>
            ) : (
              <>
                <Tiles figures={figures} />
                <Charts figures={figures} from={from} to={to} />
                <FigureTable figures={figures} />
              </>
            )
          }
        </Load>
      </div>
    </Screen>
  );
}

function Tiles({ figures }: { figures: DayFigures[] }) {
  const { t, i18n } = useTranslation('statistics');
  const sums = sumsOf(figures);
  const number = new Intl.NumberFormat(i18n.language);
  const time = (seconds: number | null) => (seconds === null ? t('common:none') : formatTaken(seconds, i18n.language));
  const tiles: [string, string][] = [
    ['days', number.format(sums.days)], ['files', number.format(sums.files)], ['valid', number.format(sums.valid)], ['processed', number.format(sums.processed)],
    ['not_found', number.format(sums.not_found)], ['to_open', time(sums.seconds_to_open)], ['to_close', time(sums.seconds_to_close)],
  ];
  return (
    <dl className="fact-tiles">
      {tiles.map(([name, value]) => <div key={name} className="card" data-sum={name}><dt>{t(`sum.${name}`)}</dt><dd className="num">{value}</dd></div>)}
    </dl>
  );
}

function Charts({ figures, from, to }: { figures: DayFigures[]; from: string; to: string }) {
  const { t, i18n } = useTranslation('statistics');
  const plot = useMemo(() => plotOf(figures, from, to), [figures, from, to]);
  const count = useCallback((value: number) => new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 0 }).format(value), [i18n.language]);
  const unit = useCallback((name: string) => (value: number) => new Intl.NumberFormat(i18n.language, { style: 'unit', unit: name, unitDisplay: 'short', maximumSignificantDigits: 3 }).format(value), [i18n.language]);
  const minutes = useMemo(() => unit('minute'), [unit]);
  const hours = useMemo(() => unit('hour'), [unit]);
  const charts = useMemo(
    () => [
      {
        name: 'shipments', format: count,
        series: [{ label: t('valid'), values: plot.valid, tone: 'running' as const, look: 'bars' as const }, { label: t('processed'), values: plot.processed, tone: 'succeeded' as const, look: 'line' as const }],
      },
      { name: 'not_found', format: count, series: [{ label: t('not_found'), values: plot.not_found, tone: 'partial' as const, look: 'bars' as const }] },
      { name: 'to_open', format: minutes, series: [{ label: t('to_open'), values: plot.minutes_to_open, tone: 'accent' as const, look: 'bars' as const }] },
      { name: 'to_close', format: hours, series: [{ label: t('to_close'), values: plot.hours_to_close, tone: 'accent' as const, look: 'bars' as const }] },
    ],
    [plot, count, minutes, hours, t],
  );
  return (
    <div className="charts">
      <Suspense fallback={<Lines rows={4} />}>
        {charts.map((chart) => (
          <Chart key={chart.name} day={t('files:column.day')} title={t(`chart.${chart.name}`)} summary={summaryOf(t(`chart.${chart.name}`), chart.series, chart.format, t('no_value'))} days={plot.days} series={chart.series} format={chart.format} />
        ))}
      </Suspense>
    </div>
  );
}

/** "Shipments a day. Valid: 812 – 12,345." */
function summaryOf(title: string, series: { label: string; values: (number | null)[] }[], format: (value: number) => string, none: string): string {
  const spans = series.map(({ label, values }) => {
    const known = values.filter((value) => value !== null);
    return `${label}: ${known.length ? `${format(Math.min(...known))} – ${format(Math.max(...known))}` : none}.`;
  });
  return [`${title}.`, ...spans].join(' ');
}

function ExportButton({ figures, from, to }: { figures: DayFigures[]; from: string; to: string }) {
  const { t } = useTranslation('statistics');
  const columns = useFigureColumns();
  const save = () => {
    const rows = [...figures].reverse().map((day) => columns.map((column) => column.text?.(day)));
    saveBlob(toCsv([columns.map((column) => column.header), ...rows]), `invoices-${from}-${to}.csv`);
  };
  return <Button variant="default" size="md" leftSection={<IconDownload size={17} aria-hidden />} onClick={save}>{t('common:table.export')}</Button>;
}
