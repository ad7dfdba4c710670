// A look into the source: one table, one column, a text found literally; nothing can be changed here.

import { Button, NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { IconEye, IconPlayerSkipBack, IconChevronRight } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Copy } from '@/components/copy';
import { ColumnMenu, DataTable, type Column } from '@/components/data-table';
import { Empty, Lines, Load, Screen } from '@/components/screen';
import { ProblemView } from '@/components/problem';
import { SearchField } from '@/features/runs/filter-bar';
import { useMay } from '@/features/session/me';
import { recordOf, rowsQuery, tablesQuery, type Row, type Rows, type Table } from './queries';
import '../tools.css';

const FIRST = { membership: 'lastname', service: 'title', invoiceHed: 'Title', invoiceItem: 'Title', ServiceInvoice: 'title', receipt: 'fullname' } as const;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function Explorer() {
  const { t } = useTranslation('asanito_tools');
  const may = useMay()('asanito', 'operator');
  const tables = useQuery({ ...tablesQuery, enabled: may });
  return (
    <Screen title={t('common:nav.explorer')}>
      <div className="stack">
        <p className="note row flush"><IconEye size={19} aria-hidden /><span className="grow">{t('explorer.what')}</span></p>
        {may ? <Load query={tables} rows={6}>{(items) => <Look tables={items} />}</Load> : <div className="card"><Empty title={t('explorer.operators_only')} /></div>}
      </div>
    </Screen>
  );
}

function Look({ tables }: { tables: Table[] }) {
  const { t } = useTranslation('asanito_tools');
  const search = useSearch({ from: '/signed-in/frame/asanito/explorer' });
  const navigate = useNavigate({ from: '/asanito/explorer' });
  const table = tables.find((one) => one.name === search.table) ?? tables[0];
  const column = table?.columns.find((one) => one === search.column) ?? (table ? FIRST[table.name] : '');
  const asked = { table: table?.name ?? '', column, value: search.q ?? '', after: search.cursor };
  const query = useQuery({ ...rowsQuery(asked), enabled: Boolean(table) });
  const go = (next: Partial<typeof search>, replace = true) => void navigate({ search: (before) => ({ ...before, cursor: undefined, ...next }), replace });
  if (!table) return <div className="card"><Empty title={t('explorer.no_tables')} /></div>;
  const hidden = search.hide?.split(',') ?? [];
  return (
    <>
      <div className="toolbar toolbar-flush">
        <NativeSelect
          size="md" aria-label={t('explorer.table')} value={table.name} onChange={(event) => go({ table: event.currentTarget.value, column: undefined, hide: undefined })}
          data={tables.map((one) => ({ value: one.name, label: t('explorer.table_named', { what: t(`explorer.tables.${one.name}`), table: one.name }) }))}
        />
        <NativeSelect size="md" aria-label={t('explorer.column')} value={column} onChange={(event) => go({ column: event.currentTarget.value })} data={table.columns.map((name) => ({ value: name, label: name }))} />
        <SearchField value={search.q ?? ''} onChange={(q) => go({ q: q.slice(0, 200) || undefined })} label={t('explorer.text')} />
        <ColumnMenu columns={columnsOf(table.columns)} hidden={hidden} onChange={(next) => go({ cursor: search.cursor, hide: next.join(',') || undefined })} />
      </div>
      {query.isError ? (
        <ProblemView error={query.error} onRetry={() => void query.refetch()} />
      ) : query.data ? (
        <Found rows={query.data} table={table.name} asked={asked} hidden={hidden} onPage={(cursor) => go({ cursor }, false)} />
      ) : (
        <Lines rows={8} />
      )}
    </>
  );
}

const columnsOf = (names: string[]): Column<Row>[] => names.map((name) => ({ id: name, header: name, fit: /id$/i.test(name), cell: (row) => <Value value={row[name]} /> }));

interface FoundProps {
  rows: Rows;
  table: string;
  asked: { column: string; value: string; after: string | undefined };
  hidden: string[];
  onPage: (cursor: string | undefined) => void;
}

function Found({ rows, table, asked, hidden, onPage }: FoundProps) {
  const { t } = useTranslation('asanito_tools');
  const record = (row: Row) => {
    const found = recordOf(table, row);
    return found && <Link to="/asanito/records/$kind/$key" params={found} className="row-link">{t('explorer.record')}</Link>;
  };
  const columns: Column<Row>[] = [{ id: 'record', header: t('explorer.record'), fixed: true, fit: true, cell: record }, ...columnsOf(rows.columns)];
  const next = rows.next_after;
  return (
    <DataTable
      label={t('explorer.rows', { table })} rows={rows.rows as Row[]} columns={columns} rowId={(row) => String(row.idd)} hidden={hidden}
      empty={<Empty title={t(asked.value ? 'explorer.none_found' : 'explorer.none')}>{asked.value && t('explorer.none_found_why', { text: asked.value, column: asked.column })}</Empty>}
      footer={
        (asked.after || next !== null) && (
          <nav className="pager" aria-label={t('common:table.pages')}>
            <Button variant="default" size="md" disabled={!asked.after} leftSection={<IconPlayerSkipBack size={16} aria-hidden />} onClick={() => onPage(undefined)}>{t('explorer.first')}</Button>
            <Button variant="default" size="md" disabled={next === null} rightSection={<IconChevronRight size={16} aria-hidden />} onClick={() => onPage(String(next))}>{t('explorer.next')}</Button>
          </nav>
        )
      }
    />
  );
}

/** Persian runs from right to left, a number does not: each value in its own direction. */
function Value({ value }: { value: unknown }) {
  const { t } = useTranslation();
  if (value === null || value === undefined || value === '') return <span className="dim">{t('none')}</span>;
  const text = String(value);
  if (UUID.test(text)) return <Copy text={text} shown={`${text.slice(0, 8)}…`} label={text} />;
  return <bdi dir="auto" className="break">{text}</bdi>;
}
