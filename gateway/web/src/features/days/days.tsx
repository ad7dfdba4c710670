// The days behind the four buttons, newest first; which days, and in what state, is in the address. What one sees can be saved.

import { Button, NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Day, Session } from '@/api/invoices-types';
import { DataTable, Pager, type Column } from '@/components/data-table';
import { DayRangeField } from '@/components/day-range';
import { DownloadButton } from '@/components/download-button';
import { Empty, Load, Screen } from '@/components/screen';
import { StateBadge } from '@/components/state';
import { Time, useSiteZone } from '@/components/zone';
import { useBy } from '@/features/warehouse/by';
import { LastDays } from '@/features/statistics/last-days';
import { toneOf } from '@/features/warehouse/steps';
import { dateIn, formatDay } from '@/lib/time';
import { daysPath, daysQuery, type DaysSearch } from './queries';

const STATES = ['ready', 'opening', 'open', 'failed', 'closed'];

export const dayWord = (day: Pick<Session | Day, 'state' | 'reason' | 'expired'>): string => {
  if (day.state !== 'closed') return `warehouse:word.${day.state}`;
  if (day.expired) return 'files:day.expired';
  return day.reason === 'completed' ? 'files:day.complete' : 'files:day.forced';
};

export function Days() {
  const { t, i18n } = useTranslation('files');
  const search = useSearch({ from: '/signed-in/frame/invoices/sessions' });
  const navigate = useNavigate({ from: '/invoices/sessions' });
  const today = dateIn(useSiteZone());
  const query = useQuery(daysQuery({ state: search.state, date: search.date, cursor: search.cursor }, today));
  const change = (next: DaysSearch) => void navigate({ search: (before) => ({ ...before, cursor: undefined, ...next }), replace: true });
  const filtered = Boolean(search.state ?? search.date);
  const number = new Intl.NumberFormat(i18n.language);
  const by = useBy();
  const columns: Column<Day>[] = [
    {
      id: 'date', header: t('column.day'), fixed: true,
      cell: (day) => <Link to="/invoices/sessions/$date" params={{ date: day.business_date }} className="link-plain strong nowrap">{formatDay(day.business_date, i18n.language, 'date')}</Link>,
    },
    { id: 'state', header: t('column.state'), fixed: true, fit: true, cell: (day) => <StateBadge state={toneOf(day as unknown as Session)} label={t(dayWord(day))} /> },
    { id: 'processed', header: t('column.processed'), align: 'end', fit: true, cell: (day) => <span className="nowrap">{number.format(day.processed)} / {number.format(day.total)}</span> },
    { id: 'not_found', header: t('column.not_found'), align: 'end', fit: true, wide: true, cell: (day) => number.format(day.not_found) },
    { id: 'started', header: t('column.started'), wide: true, cell: (day) => (day.started_at ? <>{day.started_by} · <Time at={day.started_at} style="time" /></> : t('common:none')) },
    { id: 'closed', header: t('column.closed'), wide: true, cell: (day) => (day.closed_at ? <>{by(day.closed_by)} · <Time at={day.closed_at} style="time" /></> : t('common:none')) },
  ];
  return (
    <Screen
      title={t('common:nav.days')} aside={<LastDays />}
      actions={<DownloadButton path={daysPath(search, today, '.csv')} name="sessions.csv" disabled={query.data?.items.length === 0}>{t('common:table.export')}</DownloadButton>}
    >
      <div className="toolbar no-print">
        <NativeSelect
          size="md" label={t('column.state')} value={search.state ?? ''} onChange={(event) => change({ state: event.currentTarget.value || undefined })}
          data={[{ value: '', label: t('day.every_state') }, ...STATES.map((state) => ({ value: state, label: state === 'closed' ? t('day.ended') : t(`warehouse:word.${state}`) })), ...(search.state && !STATES.includes(search.state) ? [search.state] : [])]}
        />
        <DayRangeField all value={search.date} onChange={(date) => change({ date })} today={today} />
      </div>
      <Load query={query}>
        {(page) => (
          <DataTable
            label={t('common:nav.days')} rows={page.items} columns={columns} rowId={(day) => day.id} onOpen={(day) => void navigate({ to: '/invoices/sessions/$date', params: { date: day.business_date } })}
            empty={
              filtered
                ? <Empty title={t('day.none_fit')}><Button variant="default" onClick={() => change({ state: undefined, date: undefined })}>{t('day.show_all')}</Button></Empty>
                : <Empty title={t('no_days')}>{t('no_days_why')}</Empty>
            }
            footer={<Pager page={page} onCursor={(cursor) => void navigate({ search: (before) => ({ ...before, cursor }) })} />}
          />
        )}
      </Load>
    </Screen>
  );
}
