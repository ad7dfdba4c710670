// The tables of the money check, each as it can be saved: days, documents that differ, persons whose balances differ.

import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { IconDownload } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { DataTable, type Column } from '@/components/data-table';
import { Empty } from '@/components/screen';
import { StateBadge } from '@/components/state';
import { saveBlob, toCsv } from '@/lib/files';
import { formatDay } from '@/lib/time';
import { amountText } from '../amounts';
import { toneOf, type MoneyBalance, type MoneyCheck, type MoneyDifference, type MoneyOfDay } from './queries';

/** A column of money: grouped for the eye, plain in the file. */
function useAmount() {
  const { i18n } = useTranslation();
  return <T,>(id: string, header: string, of: (row: T) => number): Column<T> => ({ id, header, fit: true, align: 'end', cell: (row) => amountText(of(row), i18n.language), text: of });
}

interface SectionProps<T> {
  title: string;
  what?: string;
  rows: T[];
  columns: Column<T>[];
  rowId: (row: T) => string;
  file: string;
  empty: string;
}

function Section<T extends object>({ title, what, rows, columns, rowId, file, empty }: SectionProps<T>) {
  const { t } = useTranslation('asanito_tools');
  const save = () => saveBlob(toCsv([columns.map((column) => column.header), ...rows.map((row) => columns.map((column) => column.text?.(row)))]), file);
  return (
    <section className="stack-s">
      <div className="spread">
        <h2 className="section-title flush">{title}</h2>
        {rows.length > 0 && <Button variant="default" size="md" leftSection={<IconDownload size={17} aria-hidden />} aria-label={t('money.csv_of', { title })} onClick={save}>{t('common:table.export')}</Button>}
      </div>
      {what && <p className="flush dim small">{what}</p>}
      <DataTable label={title} rows={rows} columns={columns} rowId={rowId} empty={<Empty title={empty} />} />
    </section>
  );
}

export function Days({ check }: { check: MoneyCheck }) {
  const { t, i18n } = useTranslation('asanito_tools');
  const amount = useAmount();
  const number = new Intl.NumberFormat(i18n.language);
  const columns: Column<MoneyOfDay>[] = [
    { id: 'day', header: t('money.column.day'), fixed: true, fit: true, cell: (row) => formatDay(row.day, i18n.language, 'date'), text: (row) => row.day },
    { id: 'kind', header: t('money.column.kind'), cell: (row) => t(`overview:record.kind.${row.kind}`), text: (row) => t(`overview:record.kind.${row.kind}`) },
    { id: 'count', header: t('money.column.count'), fit: true, align: 'end', wide: true, cell: (row) => number.format(row.count), text: (row) => row.count },
    amount<MoneyOfDay>('source', t('money.sum.source'), (row) => row.source),
    amount<MoneyOfDay>('posted', t('money.sum.posted'), (row) => row.posted),
    amount<MoneyOfDay>('left_out', t('money.sum.left_out'), (row) => row.left_out),
    {
      ...amount<MoneyOfDay>('difference', t('money.sum.difference'), (row) => row.difference),
      cell: (row) => <span className={row.within_tolerance ? 'dim' : 'strong tone-text tone-failed'}>{amountText(row.difference, i18n.language)}</span>,
    },
  ];
  return <Section title={t('money.days')} rows={check.days} columns={columns} rowId={(row) => `${row.day} ${row.kind}`} file={`money-days-${check.from}-${check.to}.csv`} empty={t('money.nothing')} />;
}

export function Differences({ check }: { check: MoneyCheck }) {
  const { t, i18n } = useTranslation('asanito_tools');
  const amount = useAmount();
  const listed = check.differences.length;
  const columns: Column<MoneyDifference>[] = [
    { id: 'day', header: t('money.column.day'), fixed: true, fit: true, cell: (row) => formatDay(row.day, i18n.language, 'date'), text: (row) => row.day },
    {
      id: 'record', header: t('money.column.document'), fixed: true, fit: true, text: (row) => row.key,
      cell: (row) => <Link to="/asanito/records/$kind/$key" params={{ kind: row.kind, key: row.key }} className="row-tight">{t(`overview:record.kind.${row.kind}`)}<span className="mono">{row.key.slice(0, 8)}</span></Link>,
    },
    { id: 'code', header: t('money.column.why'), text: (row) => t(`money.code.${row.code}`), cell: (row) => <StateBadge state={toneOf[row.code]} label={t(`money.code.${row.code}`)} /> },
    amount<MoneyDifference>('source', t('money.sum.source'), (row) => row.source),
    amount<MoneyDifference>('posted', t('money.sum.posted'), (row) => row.posted),
    amount<MoneyDifference>('difference', t('money.sum.difference'), (row) => row.difference),
    { id: 'asanito', header: t('money.column.asanito'), fit: true, wide: true, text: (row) => row.asanito_id, cell: (row) => (row.asanito_id ? <span className="mono">{row.asanito_id}</span> : <span className="dim">{t('common:none')}</span>) },
  ];
  const what = listed < check.differing ? t('money.first_only', { count: listed, shown: amountText(listed, i18n.language) }) : t('money.differences_what');
  return <Section title={t('money.differences')} what={what} rows={check.differences} columns={columns} rowId={(row) => row.key} file={`money-differences-${check.from}-${check.to}.csv`} empty={t('money.all_well')} />;
}

export function Balances({ balances }: { balances: MoneyBalance[] }) {
  const { t } = useTranslation('asanito_tools');
  const amount = useAmount();
  const columns: Column<MoneyBalance>[] = [
    { id: 'person', header: t('overview:record.kind.person'), fixed: true, text: (row) => row.person, cell: (row) => <Link to="/asanito/records/$kind/$key" params={{ kind: 'person', key: row.person }} className="row-link mono">{row.person.slice(0, 8)}</Link> },
    amount<MoneyBalance>('source', t('money.sum.source'), (row) => row.source),
    amount<MoneyBalance>('posted', t('money.sum.posted'), (row) => row.posted),
    amount<MoneyBalance>('difference', t('money.sum.difference'), (row) => row.difference),
  ];
  return <Section title={t('money.balances')} what={t('money.balances_what')} rows={balances} columns={columns} rowId={(row) => row.person} file="money-persons.csv" empty={t('money.no_balances')} />;
}
