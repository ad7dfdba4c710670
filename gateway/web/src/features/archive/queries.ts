// Invoices of all days and their categories.

import { queryOptions } from '@tanstack/react-query';
import { get } from '@/api/client';
import type { ArchivedRow, Category } from '@/api/invoices-types';
import type { ApiPath } from '@/api/paths';
import type { Page } from '@/api/types';
import { readDays, writeDays } from '@/lib/day-range';
import { queryString } from '@/lib/filters';

const BASE = '/api/invoices/v1';

export const ARCHIVED = ['valid', 'not_found', 'in_past', 'already_sent', 'incomplete'] as const;

export interface ArchiveSearch {
  number?: string;
  category?: string;
  status?: string;
  date?: string;
  cursor?: string;
}

/** Numbers of invoices are whole; anything else is not asked for. */
export const isNumber = (text: string): boolean => /^\d{1,9}$/.test(text) && Number(text) > 0;

/** What the server is asked; `.csv` answers the same rows as a file. */
export function archivePath(search: ArchiveSearch, today: string, suffix: '' | '.csv' = ''): ApiPath {
  const { category, number, status } = search;
  const days = search.date ? writeDays(readDays(search.date, today)) : undefined;
  const asked = { status, date: days, invoice_number: category ? undefined : number };
  const page = suffix ? {} : { cursor: search.cursor, limit: 50 };
  const query = queryString({ ...asked, ...page });
  return category ? `${BASE}/categories/${encodeURIComponent(category)}/rows${suffix}${query}` : `${BASE}/rows${suffix}${query}`;
}

export const archiveQuery = (search: ArchiveSearch, today: string) =>
  queryOptions({
    queryKey: ['invoices', 'archive', search, today],
    queryFn: ({ signal }) => get<Page<ArchivedRow>>(archivePath(search, today), signal),
    enabled: !search.number || isNumber(search.number),
    placeholderData: (before) => before,
  });

export const categoryQuery = (id: string) => queryOptions({ queryKey: ['invoices', 'category', id], queryFn: ({ signal }) => get<Category>(`${BASE}/categories/${encodeURIComponent(id)}`, signal) });

export const categoriesQuery = (search: { q?: string; cursor?: string }) =>
  queryOptions({
    queryKey: ['invoices', 'categories', search],
    queryFn: ({ signal }) => get<Page<Category>>(`${BASE}/categories${queryString({ ...search, limit: 60 })}`, signal),
    placeholderData: (before) => before,
  });
