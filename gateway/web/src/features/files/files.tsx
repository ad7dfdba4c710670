// Every file that came, whatever became of it.

import { Button, Menu } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { IconFilter } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { InvoiceFile } from '@/api/invoices-types';
import { DataTable, Pager, type Column } from '@/components/data-table';
import { Empty, Load, Screen } from '@/components/screen';
import { StateBadge } from '@/components/state';
import { Time } from '@/components/zone';
import { SearchField } from '@/features/runs/filter-bar';
import { readFilter, writeFilter } from '@/lib/filters';
import { formatBytes } from '@/lib/files';
import { FILE_STATES, filesQuery, fileTone } from './queries';

export function Files() {
  const { t, i18n } = useTranslation('files');
  const search = useSearch({ from: '/signed-in/frame/invoices/files' });
  const navigate = useNavigate({ from: '/invoices/files' });
  const query = useQuery(filesQuery({ state: search.state, q: search.q, cursor: search.cursor }));
  const number = new Intl.NumberFormat(i18n.language);
  const change = (next: { state?: string; q?: string; cursor?: string }) => void navigate({ search: (before) => ({ ...before, cursor: undefined, ...next }), replace: true });
  const filter = readFilter(search.state);
  const columns: Column<InvoiceFile>[] = [
    { id: 'state', header: t('column.state'), fixed: true, fit: true, cell: (file) => <StateBadge state={fileTone(file.state)} label={t(`state.${file.state}`)} /> },
    {
      id: 'name', header: t('column.file'), fixed: true,
      cell: (file) => (
        <>
          <Link to="/invoices/files/$id" params={{ id: file.id }} className="link-plain mono break">{file.name}</Link>
          {file.reason && <div className="dim small">{t(`reason.${file.reason}`, { defaultValue: file.reason.replaceAll('_', ' ') })}</div>}
        </>
      ),
    },
    { id: 'source', header: t('column.source'), fit: true, wide: true, cell: (file) => t(`source.${file.source}`, { by: file.uploaded_by ?? '' }) },
    { id: 'received', header: t('column.received'), fit: true, cell: (file) => <Time at={file.received_at} /> },
    { id: 'records', header: t('column.records'), fit: true, wide: true, align: 'end', cell: (file) => (file.records === null ? t('common:none') : number.format(file.records)) },
    { id: 'size', header: t('column.size'), fit: true, wide: true, align: 'end', cell: (file) => formatBytes(file.size_bytes, i18n.language) },
  ];
  return (
    <Screen title={t('common:nav.files')}>
      <div className="toolbar">
        <SearchField value={search.q ?? ''} onChange={(q) => change({ q: q || undefined })} label={t('search')} />
        <Menu closeOnItemClick={false} position="bottom-start">
          <Menu.Target><Button variant="default" size="md" leftSection={<IconFilter size={16} aria-hidden />}>{t('column.state')}{filter.values.length > 0 && ` (${filter.values.length})`}</Button></Menu.Target>
          <Menu.Dropdown>
            {FILE_STATES.map((state) => (
              <Menu.CheckboxItem
                key={state} checked={filter.values.includes(state)}
                onChange={() => change({ state: writeFilter({ not: false, values: filter.values.includes(state) ? filter.values.filter((item) => item !== state) : [...filter.values, state] }) })}
              >
                {t(`state.${state}`)}
              </Menu.CheckboxItem>
            ))}
          </Menu.Dropdown>
        </Menu>
      </div>
      <Load query={query}>
        {(page) => (
          <DataTable
            label={t('common:nav.files')} rows={page.items} columns={columns} rowId={(file) => file.id} onOpen={(file) => void navigate({ to: '/invoices/files/$id', params: { id: file.id } })}
            empty={<Empty title={t('no_files')}>{t('no_files_why')}</Empty>} footer={<Pager page={page} onCursor={(cursor) => change({ cursor })} />}
          />
        )}
      </Load>
    </Screen>
  );
}
