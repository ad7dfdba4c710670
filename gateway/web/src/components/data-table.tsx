// The table of every list: columns of choice, row selection (shift selects a range), rows that open, cursor paging.

import { Button, Checkbox, Menu } from '@mantine/core';
import { columnVisibilityFeature, rowSelectionFeature, tableFeatures, useTable, type ColumnDef } from '@tanstack/react-table';
import { IconChevronLeft, IconChevronRight, IconColumns3 } from '@tabler/icons-react';
import { useMemo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

const features = tableFeatures({ columnVisibilityFeature, rowSelectionFeature });

export type Selection = Record<string, true>;

export interface Column<T> {
  id: string;
  header: string;
  cell: (row: T) => ReactNode;
  /** What a CSV of the screen holds for this column. */
  text?: (row: T) => string | number | null | undefined;
  align?: 'end';
  fit?: boolean;
  /** Always shown: the column that names the row. */
  fixed?: boolean;
  /** Left out on phones. */
  wide?: boolean;
}

interface Props<T> {
  label: string;
  rows: T[];
  columns: Column<T>[];
  rowId: (row: T) => string;
  hidden?: string[];
  selected?: Selection;
  onSelect?: (selected: Selection) => void;
  selectable?: (row: T) => boolean;
  onOpen?: (row: T) => void;
  openId?: string | null;
  empty: ReactNode;
  footer?: ReactNode;
}

const noneSelected: Selection = {};

export function DataTable<T extends object>(props: Props<T>) {
  const { rows, columns, rowId, selected = noneSelected, onSelect, selectable, onOpen, openId } = props;
  const { t } = useTranslation();
  const definitions = useMemo(
    () => columns.map((column): ColumnDef<typeof features, T> => ({ id: column.id, enableHiding: !column.fixed })),
    [columns],
  );
  const columnVisibility = useMemo(() => Object.fromEntries((props.hidden ?? []).map((id) => [id, false])), [props.hidden]);
  const table = useTable({
    features,
    data: rows,
    columns: definitions,
    getRowId: rowId,
    enableRowSelection: selectable ? (row) => selectable(row.original) : true,
    state: { rowSelection: selected, columnVisibility },
    onRowSelectionChange: (update) => onSelect?.(typeof update === 'function' ? update(selected) : update),
  });
  const byId = new Map(columns.map((column) => [column.id, column]));
  const visible = table.getVisibleLeafColumns().flatMap((column) => byId.get(column.id) ?? []);
  const shown = table.getRowModel().rows;
  const selectedHere = shown.filter((row) => row.getIsSelected()).length;
  const whole = selectedHere > 0 && selectedHere === shown.filter((row) => row.getCanSelect()).length;
  const classOf = (column: Column<T>) => [column.align ?? '', column.fit ? 'fit' : '', column.wide ? 'hide-narrow' : ''].join(' ');
  return (
    <div className="card">
      <div className="table-wrap" tabIndex={0} role="region" aria-label={props.label}>
        <table className="table">
          <thead>
            <tr>
              {onSelect && (
                <th className="fit" scope="col">
                  <Checkbox
                    aria-label={t('table.select_all')}
                    checked={whole}
                    indeterminate={selectedHere > 0 && !whole}
                    onChange={(event) => table.toggleAllRowsSelected(event.currentTarget.checked)}
                  />
                </th>
              )}
              {visible.map((column) => (
                <th key={column.id} scope="col" className={classOf(column)}>{column.header}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <tr
                key={row.id}
                data-row={row.id}
                className={onOpen ? 'clickable' : undefined}
                aria-selected={row.getIsSelected() || row.id === openId || undefined}
                onClick={onOpen ? (event) => opensRow(event) && onOpen(row.original) : undefined}
              >
                {onSelect && (
                  <td className="fit">
                    <Checkbox
                      aria-label={t('table.select_row')}
                      checked={row.getIsSelected()}
                      disabled={!row.getCanSelect()}
                      onChange={row.getToggleSelectedHandler()}
                    />
                  </td>
                )}
                {visible.map((column) => (
                  <td key={column.id} className={`${classOf(column)} ${column.align ? 'num' : ''}`}>{column.cell(row.original)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rows.length === 0 && props.empty}
      {props.footer}
    </div>
  );
}

/** A press on a link, a button or a box inside the row is meant for that, and so is the end of a text selection. */
function opensRow(event: React.MouseEvent): boolean {
  const target = event.target as HTMLElement;
  return !target.closest('a, button, input, label') && !window.getSelection()?.toString();
}

export function ColumnMenu<T>({ columns, hidden, onChange }: { columns: Column<T>[]; hidden: string[]; onChange: (hidden: string[]) => void }) {
  const { t } = useTranslation();
  const toggle = (id: string) => onChange(hidden.includes(id) ? hidden.filter((item) => item !== id) : [...hidden, id]);
  return (
    <Menu closeOnItemClick={false} position="bottom-end">
      <Menu.Target>
        <Button variant="default" size="md" leftSection={<IconColumns3 size={17} aria-hidden />}>{t('table.columns')}</Button>
      </Menu.Target>
      <Menu.Dropdown>
        {columns.filter((column) => !column.fixed).map((column) => (
          <Menu.CheckboxItem key={column.id} checked={!hidden.includes(column.id)} onChange={() => toggle(column.id)}>
            {column.header}
          </Menu.CheckboxItem>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

interface PagerProps {
  page: { next?: string | null; prev?: string | null } | undefined;
  onCursor: (cursor: string | undefined) => void;
  /** For lists that are not in the order of time. */
  words?: { newer: string; older: string };
  children?: ReactNode;
}

export function Pager({ page, onCursor, words, children }: PagerProps) {
  const { t } = useTranslation();
  if (!page || (!page.next && !page.prev && !children)) return null;
  return (
    <nav className="pager" aria-label={t('table.pages')}>
      {children}
      {(page.next || page.prev) && (
        <>
          <Button variant="default" size="md" disabled={!page.prev} onClick={() => onCursor(page.prev ?? undefined)} leftSection={<IconChevronLeft size={16} aria-hidden />}>
            {words?.newer ?? t('table.newer')}
          </Button>
          <Button variant="default" size="md" disabled={!page.next} onClick={() => onCursor(page.next ?? undefined)} rightSection={<IconChevronRight size={16} aria-hidden />}>
            {words?.older ?? t('table.older')}
          </Button>
        </>
      )}
    </nav>
  );
}
