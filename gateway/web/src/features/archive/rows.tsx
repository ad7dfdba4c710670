// The rows of the archive: the day, the file and the line each came from.

import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { ArchivedRow } from '@/api/invoices-types';
import type { Page } from '@/api/types';
import { Copy } from '@/components/copy';
import { DataTable, Pager, type Column } from '@/components/data-table';
import { Empty } from '@/components/screen';
import { StateBadge } from '@/components/state';
import { rowTone } from '@/features/files/queries';
import { money } from '@/features/warehouse/report-view';
import { formatDay } from '@/lib/time';

interface Props {
  page: Page<ArchivedRow>;
  filtered: boolean;
  onCursor: (cursor: string | undefined) => void;
  onAll: () => void;
}

export function ArchiveRows({ page, filtered, onCursor, onAll }: Props) {
  const { t, i18n } = useTranslation('archive');
  const columns: Column<ArchivedRow>[] = [
    {
      id: 'day', header: t('files:column.day'), fixed: true, fit: true,
      cell: (row) => <Link to="/invoices/sessions/$date" params={{ date: row.business_date }}>{formatDay(row.business_date, i18n.language, 'date')}</Link>,
    },
    { id: 'invoice', header: t('files:column.invoice'), fixed: true, fit: true, cell: (row) => <Copy text={String(row.invoice_number)} /> },
    { id: 'status', header: t('files:column.status'), fixed: true, fit: true, cell: (row) => <StateBadge state={rowTone(row.status)} label={t(`files:row.${row.status}`)} /> },
    { id: 'description', header: t('files:column.description'), cell: (row) => <span className="break">{row.description}</span> },
    { id: 'quantity', header: t('files:column.quantity'), fit: true, align: 'end', wide: true, cell: (row) => row.quantity },
    { id: 'value', header: t('files:column.value'), fit: true, align: 'end', wide: true, cell: (row) => money(row.value, i18n.language) },
    {
      id: 'file', header: t('files:column.file'),
      cell: (row) => (
        <>
          <Link to="/invoices/files/$id" params={{ id: row.file_id }} search={{ q: String(row.invoice_number) }} className="mono break">{row.file_name}</Link>
          <div className="dim small num">{t('line', { line: new Intl.NumberFormat(i18n.language).format(row.line_number) })}</div>
        </>
      ),
    },
  ];
  return (
    <DataTable
      label={t('common:nav.archive')} rows={page.items} columns={columns} rowId={(row) => String(row.id)}
      empty={
        <Empty title={t(filtered ? 'none_found' : 'nothing_yet')}>
          {filtered ? <Button variant="default" size="md" mt={6} onClick={onAll}>{t('show_all')}</Button> : t('nothing_yet_why')}
        </Empty>
      }
      footer={<Pager page={page} onCursor={onCursor} />}
    />
  );
}
