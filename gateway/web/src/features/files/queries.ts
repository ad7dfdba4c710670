// Files that came by the inbox or by hand, and their lines.

import { queryOptions } from '@tanstack/react-query';
import { get } from '@/api/client';
import { every } from '@/api/query';
import type { InvoiceFile, InvoiceRow } from '@/api/invoices-types';
import type { Page } from '@/api/types';
import { queryString } from '@/lib/filters';

const BASE = '/api/invoices/v1/files';

export const FILE_STATES = ['stored', 'imported', 'held', 'late', 'stale', 'duplicate', 'invalid', 'discarded'] as const;
export const ROW_STATUSES = ['valid', 'not_found', 'in_past', 'already_sent', 'incomplete', 'rejected'] as const;

export const filesPath = (search: { state?: string; q?: string; cursor?: string }, limit = 50) => `${BASE}${queryString({ ...search, limit })}` as const;

export const filesQuery = (search: { state?: string; q?: string; cursor?: string }) =>
  queryOptions({
    queryKey: ['invoices', 'files', search],
    queryFn: ({ signal }) => get<Page<InvoiceFile>>(filesPath(search), signal),
    refetchInterval: search.cursor ? false : every(10_000),
    placeholderData: (before) => before,
  });

export const fileQuery = (id: string) =>
  queryOptions({ queryKey: ['invoices', 'file', id], queryFn: ({ signal }) => get<InvoiceFile>(`${BASE}/${id}`, signal), refetchInterval: every(10_000) });

export const rowsQuery = (id: string, search: { status?: string; q?: string; cursor?: string }) =>
  queryOptions({
    queryKey: ['invoices', 'rows', id, search],
    queryFn: ({ signal }) => get<Page<InvoiceRow>>(`${BASE}/${id}/rows${queryString({ ...search, limit: 100 })}`, signal),
    placeholderData: (before) => before,
  });

export const contentPath = (id: string) => `${BASE}/${id}/content` as const;

const TONES: Record<string, 'succeeded' | 'waiting' | 'partial' | 'failed' | 'cancelled' | 'queued'> = {
  imported: 'succeeded', held: 'waiting', late: 'partial', stale: 'partial', invalid: 'failed', duplicate: 'cancelled', discarded: 'cancelled', stored: 'queued',
};

const ROW_TONES: Record<string, 'succeeded' | 'partial' | 'failed' | 'cancelled'> = { valid: 'succeeded', rejected: 'failed', already_sent: 'cancelled' };
export const rowTone = (status: string) => ROW_TONES[status] ?? 'partial';

export const fileTone = (state: string) => TONES[state] ?? 'queued';
