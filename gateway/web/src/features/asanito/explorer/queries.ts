// Rows of the source itself, by tables and columns that may be looked at.

import { queryOptions } from '@tanstack/react-query';
import { get } from '@/api/client';
import type { components } from '@/api/schema.gen';
import type { Page } from '@/api/types';
import { queryString } from '@/lib/filters';

type Schemas = components['schemas'];

export type Table = Schemas['Asanito_ExplorableTable'];
export type Rows = Schemas['Asanito_ExplorerPage'];
export type Row = Record<string, unknown>;

const BASE = '/api/asanito/v1/explorer';

export const tablesQuery = queryOptions({
  queryKey: ['asanito', 'explorer', 'tables'],
  queryFn: async ({ signal }) => (await get<Page<Table>>(`${BASE}/tables`, signal)).items,
  staleTime: Number.POSITIVE_INFINITY,
});

export interface Asked {
  table: string;
  column: string;
  value: string;
  after: string | undefined;
}

/** The database of somebody else: asked when a person asks, not in between. */
export const rowsQuery = (asked: Asked) =>
  queryOptions({
    queryKey: ['asanito', 'explorer', asked],
    queryFn: ({ signal }) => get<Rows>(`${BASE}/query${queryString({ ...asked })}`, signal),
    staleTime: 30_000,
    retry: false,
    refetchOnWindowFocus: false,
  });

/** The record that a row belongs to: kind, and the column with its key. */
const RECORD: Record<string, [kind: string, column: string]> = {
  membership: ['person', 'personVId'],
  service: ['product', 'serviceVid'],
  invoiceHed: ['store_invoice', 'invoiceVID'],
  invoiceItem: ['store_invoice', 'invoiceVID'],
  ServiceInvoice: ['service_invoice', 'id'],
  receipt: ['receipt', 'vID'],
};

export function recordOf(table: string, row: Row): { kind: string; key: string } | null {
  const [kind, column] = RECORD[table] ?? [];
  const key = column ? row[column] : null;
  return kind && typeof key === 'string' && key ? { kind, key: key.toLowerCase() } : null;
}
