// The values of one type, page by page, each with its id in Asanito to type.

import { TextInput } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Copy } from '@/components/copy';
import { DataTable, Pager, type Column } from '@/components/data-table';
import { Empty } from '@/components/screen';
import { Time } from '@/components/zone';
import { asciiDigits, isId, withChange, type Draft } from './draft';
import type { Mapping, Mappings } from './queries';
import { useSourceWords } from './words';

const PAGE = 50;

interface Props {
  data: Mappings;
  look: boolean;
  draft: Draft;
  onDraft: (draft: Draft) => void;
  search: { source?: string; q?: string; show?: string; page?: string };
  onPage: (page: string | undefined) => void;
  readOnly: boolean;
}

export function MappingTable({ data, look, draft, onDraft, search, onPage, readOnly }: Props) {
  const { t, i18n } = useTranslation('asanito_tools');
  const number = new Intl.NumberFormat(i18n.language);
  const columns = useColumns({ data, look, draft, onDraft, readOnly });
  const rows = fitting(data.items, search, draft);
  const asked = search.source?.toLowerCase();
  const open = asked ? rows.find((row) => row.source_id.toLowerCase() === asked)?.source_id : undefined;
  const start = open ? Math.floor(rows.findIndex((row) => row.source_id === open) / PAGE) * PAGE : Math.max(0, Number(search.page ?? 1) - 1) * PAGE || 0;
  const page = Math.floor(start / PAGE) + 1;
  const box = useFocusOn(open);
  return (
    <div ref={box} className="mapping-table">
      <DataTable
        label={t(`type.${data.type}.title`)} rows={rows.slice(start, start + PAGE)} columns={columns} rowId={(row) => row.source_id} openId={open}
        empty={<Empty title={t(search.q || search.show ? 'mappings.none_fit' : 'mappings.none')}>{!search.q && !search.show && t('mappings.none_why')}</Empty>}
        footer={
          rows.length > PAGE && (
            <Pager
              page={{ prev: page > 1 ? String(page - 1) : null, next: start + PAGE < rows.length ? String(page + 1) : null }} onCursor={(to) => onPage(to === '1' ? undefined : to)}
              words={{ newer: t('before'), older: t('after') }}
            >
              <span className="dim small">{t('mappings.range', { from: number.format(start + 1), to: number.format(Math.min(start + PAGE, rows.length)), of: number.format(rows.length) })}</span>
            </Pager>
          )
        }
      />
    </div>
  );
}

function useColumns({ data, look, draft, onDraft, readOnly }: Omit<Props, 'search' | 'onPage'>): Column<Mapping>[] {
  const { t, i18n } = useTranslation('asanito_tools');
  const said = useSourceWords();
  const number = new Intl.NumberFormat(i18n.language);
  const named = (row: Mapping) => draft.changes[row.source_id]?.name ?? row.source_name;
  const idOf = (row: Mapping) => draft.changes[row.source_id]?.to ?? row.asanito_id;
  const shown = (row: Mapping) => said(data.type, row.source_id, named(row));
  return [
    {
      id: 'value', header: t('mappings.column.value'), fixed: true,
      cell: (row) => (
        <>
          {shown(row) !== row.source_id && <bdi className="strong break">{shown(row)}</bdi>}
          <div><Copy text={row.source_id} shown={row.source_id.length > 40 ? `${row.source_id.slice(0, 40)}…` : undefined} /></div>
        </>
      ),
    },
    {
      id: 'id', header: t('mappings.column.id'), fixed: true, fit: true,
      cell: (row) => (
        <TextInput
          size="md" className="id-field mono" inputMode="numeric" dir="ltr" autoComplete="off" aria-label={t('mappings.id_of', { value: shown(row) })} readOnly={readOnly}
          value={idOf(row)} placeholder={row.default === null ? '' : t('mappings.usual', { id: row.default })}
          error={isId(idOf(row)) ? undefined : t('mappings.not_an_id')} data-changed={draft.changes[row.source_id] !== undefined || undefined}
          onChange={(event) => onDraft(withChange(draft, row, data.version, { to: asciiDigits(event.currentTarget.value) }))}
        />
      ),
    },
    {
      id: 'waiting', header: t('mappings.column.waiting'), fit: true, align: 'end',
      cell: (row) => (row.waiting ? <Link to="/asanito/records" search={{ state: 'skipped', reason: 'mapping_missing', q: `${data.type} ${row.source_id}` }}>{number.format(row.waiting)}</Link> : <span className="dim">{number.format(0)}</span>),
    },
    ...(look ? [{ id: 'rows', header: t('mappings.column.rows'), fit: true, wide: true, align: 'end' as const, cell: (row: Mapping) => number.format(row.rows ?? 0) }] : []),
    {
      id: 'name', header: t('mappings.column.name'), wide: true,
      cell: (row) => (
        <TextInput
          size="md" dir="auto" maxLength={255} aria-label={t('mappings.name_of', { value: shown(row) })} readOnly={readOnly} disabled={idOf(row) === ''} value={named(row)}
          onChange={(event) => onDraft(withChange(draft, row, data.version, { name: event.currentTarget.value }))}
        />
      ),
    },
    {
      id: 'by', header: t('mappings.column.by'), wide: true, fit: true,
      cell: (row) => (row.updated_at ? <span className="small">{row.updated_by} <span className="dim"><Time at={row.updated_at} relative /></span></span> : <span className="dim">{t('common:none')}</span>),
    },
  ];
}

/** What is typed for stays in sight, whatever is shown. */
function fitting(items: Mapping[], search: Props['search'], draft: Draft): Mapping[] {
  const needle = search.q?.trim().toLowerCase() ?? '';
  return items.filter((row) => {
    const isMapped = row.asanito_id !== '' || row.default !== null;
    const fits = search.show === 'missing' ? !isMapped : search.show === 'mapped' ? isMapped : true;
    const found = `${row.source_id} ${row.source_name} ${row.asanito_id}`.toLowerCase().includes(needle);
    return (fits || draft.changes[row.source_id] !== undefined) && found;
  });
}

/** The value that an address asks for: in sight, ready to type. */
function useFocusOn(id: string | undefined) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const row = id === undefined ? null : box.current?.querySelector<HTMLElement>(`[data-row="${CSS.escape(id)}"]`);
    row?.scrollIntoView({ block: 'center' });
    row?.querySelector<HTMLInputElement>('.id-field input')?.focus({ preventScroll: true });
  }, [id]);
  return box;
}
