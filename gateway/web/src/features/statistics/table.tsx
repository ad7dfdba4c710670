// The figures of the charts as a table, newest day first; each day leads to its story.

import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { DayFigures } from '@/api/invoices-types';
import { DataTable, type Column } from '@/components/data-table';
import { formatDay, formatTaken } from '@/lib/time';

export function useFigureColumns(): Column<DayFigures>[] {
  const { t, i18n } = useTranslation('statistics');
  const number = new Intl.NumberFormat(i18n.language);
  const count = (name: 'files' | 'valid' | 'not_found' | 'generated' | 'processed', wide = false): Column<DayFigures> => ({
    id: name, header: t(`column.${name}`), align: 'end', fit: true, wide, cell: (day) => number.format(day[name]), text: (day) => day[name],
  });
  const time = (name: 'seconds_to_open' | 'seconds_to_close'): Column<DayFigures> => ({
    id: name, header: t(`column.${name}`), align: 'end', fit: true, wide: true,
    cell: (day) => {
      const seconds = day[name];
      return typeof seconds === 'number' ? formatTaken(seconds, i18n.language) : t('common:none');
    },
    text: (day) => day[name],
  });
  return [
    {
      id: 'day', header: t('files:column.day'), fixed: true, text: (day) => day.business_date,
      cell: (day) => <Link to="/invoices/sessions/$date" params={{ date: day.business_date }} className="nowrap">{formatDay(day.business_date, i18n.language, 'date')}</Link>,
    },
    { id: 'state', header: t('files:column.state'), fit: true, wide: true, cell: (day) => (day.state ? t(`warehouse:word.${day.state}`) : t('no_session')), text: (day) => day.state },
    count('files', true), count('valid'), count('processed'), count('not_found'), count('generated', true), time('seconds_to_open'), time('seconds_to_close'),
  ];
}

export function FigureTable({ figures }: { figures: DayFigures[] }) {
  const { t } = useTranslation('statistics');
  return (
    <section className="stack-s">
      <h2 className="section-title flush">{t('table')}</h2>
      <DataTable label={t('table')} rows={[...figures].reverse()} columns={useFigureColumns()} rowId={(day) => day.business_date} empty={null} />
    </section>
  );
}
