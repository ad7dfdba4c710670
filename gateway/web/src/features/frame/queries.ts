// What the frame shows all the time: health of the services and the count of what needs a person.

import { queryOptions } from '@tanstack/react-query';
import { get } from '@/api/client';
import { every } from '@/api/query';
import type { AttentionItem, Page, PartialError, Pause, ServiceHealth } from '@/api/types';

export const healthQuery = queryOptions({
  queryKey: ['health'],
  queryFn: ({ signal }) => get<{ status: string; services: ServiceHealth[] }>('/api/health', signal),
  refetchInterval: every(10_000),
});

export const attentionQuery = queryOptions({
  queryKey: ['attention'],
  queryFn: ({ signal }) => get<Page<AttentionItem>>('/api/attention', signal),
  refetchInterval: every(10_000),
});

export interface PauseAnswer {
  services: { service: string; pause: Pause | null }[];
  errors: PartialError[];
}

interface RawPause extends Partial<Pause> {
  paused?: boolean;
  errors?: PartialError[];
  items?: { service: string; pause?: Pause | null; paused?: Pause | null }[];
  services?: Record<string, Pause | null> | { service: string; pause?: Pause | null }[];
}

export const pauseQuery = queryOptions({
  queryKey: ['pause'],
  queryFn: async ({ signal }): Promise<PauseAnswer> => readPause(await get<RawPause>('/api/pause', signal)),
  refetchInterval: every(15_000),
});

function readPause(raw: RawPause): PauseAnswer {
  const rows = raw.items ?? (Array.isArray(raw.services) ? raw.services : undefined);
  if (rows) return { services: rows.map((row) => ({ service: row.service, pause: row.pause ?? null })), errors: raw.errors ?? [] };
  return { services: Object.entries((raw.services as Record<string, Pause | null>) ?? {}).map(([service, pause]) => ({ service, pause })), errors: raw.errors ?? [] };
}
