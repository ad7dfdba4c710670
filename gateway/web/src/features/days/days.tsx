// The days behind the four buttons, newest first.

import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Day, Session } from '@/api/invoices-types';
import { DataTable, Pager, type Column } from '@/components/data-table';
import { Empty, Load, Screen } from '@/components/screen';
import { StateBadge } from '@/components/state';
import { Time } from '@/components/zone';
import { useBy } from '@/features/warehouse/by';
import { LastDays } from '@/features/statistics/last-days';
import { toneOf } from '@/features/warehouse/steps';
import { formatDay } from '@/lib/time';
import { daysQuery } from './queries';

export const dayWord = (day: Pick<Session | Day, 'state' | 'reason' | 'expired'>): string => {
  if (day.state !== 'closed') return `warehouse:word.${day.state}`;
  if (day.expired) return 'files:day.expired';
  return day.reason === 'completed' ? 'files:day.complete' : 'files:day.forced';
};

export function Days() {
  const { t, i18n } = useTranslation('files');
  const search = useSearch({ from: '/signed-in/frame/invoices/sessions' });
  const navigate = useNavigate({ from: '/invoices/sessions' });
  const query = useQuery(daysQuery({ state: search.state, cursor: search.cursor }));
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
    <Screen title={t('common:nav.days')} aside={<LastDays />}>
      <Load query={query}>
        {(page) => (
          <DataTable
            label={t('common:nav.days')} rows={page.items} columns={columns} rowId={(day) => day.id} onOpen={(day) => void navigate({ to: '/invoices/sessions/$date', params: { date: day.business_date } })}
            empty={<Empty title={t('no_days')}>{t('no_days_why')}</Empty>}
            footer={<Pager page={page} onCursor={(cursor) => void navigate({ search: (before) => ({ ...before, cursor }) })} />}
          />
        )}
      </Load>
    </Screen>
  );
}
