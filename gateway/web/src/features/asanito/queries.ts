// Records of the bridge, how many are in which state, and what is still without a mapping.

import { queryOptions } from '@tanstack/react-query';
import { get } from '@/api/client';
import type { MappingGap, RecordDetail, RecordKind, RecordPreview, RecordState, RecordStats, SyncRecord } from '@/api/asanito-types';
import { every } from '@/api/query';
import type { Page } from '@/api/types';
import { queryString, resolveRange } from '@/lib/filters';

export const SERVICE = 'asanito';
export const BASE = '/api/asanito/v1';

export const KINDS = ['person', 'product', 'store_invoice', 'service_invoice', 'receipt'] as const satisfies readonly RecordKind[];
export const STATES = ['pending', 'synced', 'skipped', 'failed', 'uncertain', 'ignored', 'duplicate'] as const satisfies readonly RecordState[];

export interface RecordSearch {
  kind?: string;
  state?: string;
  reason?: string;
  q?: string;
  warned?: string;
  changed?: string;
  cursor?: string;
}

/** What the server is asked for an address; also what "all that match" means. */
export const recordFilter = (search: RecordSearch, zone: string) => ({
  kind: search.kind, state: search.state, reason: search.reason, q: search.q, warned: search.warned === '1', updated_at: resolveRange(search.changed, zone),
});

export const recordsPath = (search: RecordSearch, zone: string) => `${BASE}/entities${queryString({ ...recordFilter(search, zone), cursor: search.cursor, limit: 50 })}` as const;

/** All that match, written by the server row by row: however many they are. */
export const recordsCsvPath = (search: RecordSearch, zone: string) => `${BASE}/entities.csv${queryString(recordFilter(search, zone))}` as const;

export const recordsQuery = (search: RecordSearch, zone: string) =>
  queryOptions({
    queryKey: [SERVICE, 'records', search, zone],
    queryFn: ({ signal }) => get<Page<SyncRecord>>(recordsPath(search, zone), signal),
    refetchInterval: search.cursor ? false : every(10_000),
    placeholderData: (before) => before,
  });

export const statsQuery = queryOptions({
  queryKey: [SERVICE, 'stats'],
  queryFn: async ({ signal }) => (await get<RecordStats>(`${BASE}/entities/stats`, signal)).kinds,
  refetchInterval: every(4_000),
});

export const recordQuery = (kind: string, key: string) =>
  queryOptions({
    queryKey: [SERVICE, 'record', kind, key],
    queryFn: ({ signal }) => get<RecordDetail>(`${BASE}/entities/${kind}/${key}`, signal),
    refetchInterval: every(6_000),
  });

export const previewQuery = (kind: string, key: string, version: number) =>
  queryOptions({
    queryKey: [SERVICE, 'preview', kind, key, version],
    queryFn: ({ signal }) => get<RecordPreview>(`${BASE}/entities/${kind}/${key}/preview`, signal),
    retry: false,
    staleTime: 30_000,
  });

export const gapsQuery = queryOptions({
  queryKey: [SERVICE, 'gaps'],
  queryFn: async ({ signal }) => (await get<Page<MappingGap>>(`${BASE}/mappings/gaps`, signal)).items,
  refetchInterval: every(15_000),
});
