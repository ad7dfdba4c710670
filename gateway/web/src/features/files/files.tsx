// Every file that came, whatever became of it.

import { Button, Menu } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { IconFilter } from '@tabler/icons-react';
import { useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { InvoiceFile } from '@/api/invoices-types';
import { ColumnMenu, DataTable, Pager, type Column, type Selection } from '@/components/data-table';
import { Empty, Load, Screen } from '@/components/screen';
import { StateBadge } from '@/components/state';
import { Time } from '@/components/zone';
import type { BulkAction } from '@/features/lists/bulk';
import { BulkBar } from '@/features/lists/bulk-bar';
import { BulkRuns } from '@/features/lists/bulk-runs';
import { ExportButton } from '@/features/lists/export-button';
import { SearchField } from '@/features/runs/filter-bar';
import { useMay } from '@/features/session/me';
import { ViewsMenu } from '@/features/views/views-menu';
import { readFilter, writeFilter } from '@/lib/filters';
import { formatBytes } from '@/lib/files';
import { FILE_STATES, filesPath, filesQuery, fileTone } from './queries';

const ACTIONS: BulkAction[] = [{ name: 'discard', danger: true, asks: 'reason' }];
const DISCARDABLE: readonly string[] = ['held', 'late', 'stale', 'invalid'];
const actionsOf = (file: InvoiceFile) => (DISCARDABLE.includes(file.state) ? ['discard'] : []);

export function Files() {
  const { t, i18n } = useTranslation('files');
  const search = useSearch({ from: '/signed-in/frame/invoices/files' });
  const navigate = useNavigate({ from: '/invoices/files' });
  const query = useQuery(filesQuery({ state: search.state, q: search.q, cursor: search.cursor }));
  const number = new Intl.NumberFormat(i18n.language);
  const change = (next: { state?: string; q?: string; cursor?: string }) => {
    setSelected({});
    void navigate({ search: (before) => ({ ...before, cursor: undefined, ...next }), replace: true });
  };
  const filter = readFilter(search.state);
  const client = useQueryClient();
  const operator = useMay()('invoices', 'operator');
  const [selected, setSelected] = useState<Selection>({});
  const hidden = search.hide?.split(',') ?? [];
  const put = (next: { hide?: string; bulk?: string }) => void navigate({ search: (before) => ({ ...before, ...next }), replace: true });
  const choose = useCallback((view: Record<string, string>) => void navigate({ search: (before) => ({ tz: before.tz, ...view }), replace: true }), [navigate]);
  const items = query.data?.items ?? [];
  const chosen = items.filter((file) => selected[file.id]).map((file) => ({ service: 'invoices', id: file.id, actions: actionsOf(file) }));
  const columns: Column<InvoiceFile>[] = [
    { id: 'state', header: t('column.state'), fixed: true, fit: true, text: (file) => t(`state.${file.state}`), cell: (file) => <StateBadge state={fileTone(file.state)} label={t(`state.${file.state}`)} /> },
    {
      id: 'name', header: t('column.file'), fixed: true, text: (file) => file.name,
      cell: (file) => (
        <>
          <Link to="/invoices/files/$id" params={{ id: file.id }} className="link-plain mono break">{file.name}</Link>
          {file.reason && <div className="dim small">{t(`reason.${file.reason}`, { defaultValue: file.reason.replaceAll('_', ' ') })}</div>}
        </>
      ),
    },
    { id: 'source', header: t('column.source'), fit: true, wide: true, text: (file) => t(`source.${file.source}`, { by: file.uploaded_by ?? '' }), cell: (file) => t(`source.${file.source}`, { by: file.uploaded_by ?? '' }) },
    { id: 'received', header: t('column.received'), fit: true, text: (file) => file.received_at, cell: (file) => <Time at={file.received_at} /> },
    { id: 'records', header: t('column.records'), fit: true, wide: true, align: 'end', text: (file) => file.records, cell: (file) => (file.records === null ? t('common:none') : number.format(file.records)) },
    { id: 'size', header: t('column.size'), fit: true, wide: true, align: 'end', text: (file) => file.size_bytes, cell: (file) => formatBytes(file.size_bytes, i18n.language) },
  ];
  return (
    <Screen
      title={t('common:nav.files')}
      actions={
        <>
          <ViewsMenu screen="/invoices/files" search={search} onChoose={choose} mayShare={operator} />
          <ColumnMenu columns={columns} hidden={hidden} onChange={(ids) => put({ hide: ids.join(',') || undefined })} />
          <ExportButton name="files.csv" columns={columns} hidden={hidden} path={(cursor) => filesPath({ state: search.state, q: search.q, cursor }, 500)} />
        </>
      }
    >
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
      <BulkRuns runs={search.bulk} onChange={(bulk) => put({ bulk })} stale={['invoices', 'files']} />
      <Load query={query}>
        {(page) => (
          <DataTable
            label={t('common:nav.files')} rows={page.items} columns={columns} rowId={(file) => file.id} hidden={hidden}
            selected={selected} onSelect={operator ? setSelected : undefined} selectable={(file) => actionsOf(file).length > 0} onOpen={(file) => void navigate({ to: '/invoices/files/$id', params: { id: file.id } })}
            empty={<Empty title={t('no_files')}>{t('no_files_why')}</Empty>} footer={<Pager page={page} onCursor={(cursor) => change({ cursor })} />}
          />
        )}
      </Load>
      <BulkBar
        key={`${search.state ?? ''} ${search.q ?? ''}`} words="files:bulk" list="files" actions={ACTIONS} chosen={chosen}
        more={Boolean(query.data?.next ?? query.data?.prev) && chosen.length === items.filter((file) => actionsOf(file).length > 0).length}
        targets={[{ service: 'invoices', list: 'files', filter: { state: search.state, q: search.q } }]}
        onStarted={(runs) => put({ bulk: runs.join(',') })} onChanged={() => client.invalidateQueries({ queryKey: ['invoices', 'files'] })} onNone={() => setSelected({})}
      />
    </Screen>
  );
}
