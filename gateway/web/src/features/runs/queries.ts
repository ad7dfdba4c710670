// Runs: the list over all services, one run with its parts, and what can be done with it.

import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { call, get, post } from '@/api/client';
import type { ApiPath } from '@/api/paths';
import { every } from '@/api/query';
import type { Attempt, Effect, Page, Run, RunRecord } from '@/api/types';
import { queryString, resolveRange } from '@/lib/filters';

export interface RunsSearch {
  service?: string;
  state?: string;
  job?: string;
  trigger?: string;
  q?: string;
  when?: string;
  idle?: string;
  cursor?: string;
}

export function runsPath(search: RunsSearch, zone: string, limit = 50): ApiPath {
  return `/api/runs${queryString({
    service: search.service, state: search.state, job: search.job, trigger: search.trigger, q: search.q,
    created_at: resolveRange(search.when, zone), hide_idle: search.idle === '1' ? 'false' : 'true', cursor: search.cursor, limit,
  })}`;
}

export const runsQuery = (search: RunsSearch, zone: string) =>
  queryOptions({
    queryKey: ['runs', 'list', search, zone],
    queryFn: ({ signal }) => get<Page<Run>>(runsPath(search, zone), signal),
    // The first page lives; an older one stands still while it is read.
    refetchInterval: search.cursor ? false : every(3_000),
    placeholderData: (before) => before,
  });

export const base = (service: string, id: string) => `/api/${service}/v1/runs/${id}` as const;

export const runQuery = (service: string, id: string) =>
  queryOptions({
    queryKey: ['runs', 'one', service, id],
    queryFn: ({ signal }) => get<Run>(base(service, id), signal),
    refetchInterval: (query) => (isOver(query.state.data) ? false : every(4_000)()),
  });

const part = <T>(service: string, id: string, name: 'attempts' | 'effects', live: boolean) =>
  queryOptions({
    queryKey: ['runs', 'one', service, id, name],
    queryFn: async ({ signal }) => {
      const answer = await get<T[] | Page<T>>(`${base(service, id)}/${name}`, signal);
      return Array.isArray(answer) ? answer : answer.items;
    },
    refetchInterval: live ? every(3_000) : false,
  });

export const attemptsQuery = (service: string, id: string, live: boolean) => part<Attempt>(service, id, 'attempts', live);
export const effectsQuery = (service: string, id: string, live: boolean) => part<Effect>(service, id, 'effects', live);

export const recordsQuery = (service: string, id: string, outcome: string | undefined, cursor: string | undefined, live: boolean) =>
  queryOptions({
    queryKey: ['runs', 'one', service, id, 'records', outcome, cursor],
    queryFn: ({ signal }) => get<Page<RunRecord>>(`${base(service, id)}/records${queryString({ outcome, cursor, limit: 100 })}`, signal),
    refetchInterval: live ? every(3_000) : false,
    placeholderData: (before) => before,
  });

export const isOver = (run: Run | undefined): boolean =>
  run !== undefined && ['succeeded', 'partial', 'failed', 'cancelled'].includes(run.state);

export type RunAction = 'cancel' | 'retry' | 'rerun';

export function useRunAction(service: string, id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ action, params }: { action: RunAction; params?: Record<string, unknown> }) =>
      post<Run>(`${base(service, id)}/${action}`, action === 'rerun' && params ? { params } : undefined),
    onSettled: () => client.invalidateQueries({ queryKey: ['runs'] }),
  });
}

export function useSeen() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ service, id, note }: { service: string; id: string; note: string | null }) =>
      note === null ? call('DELETE', `${base(service, id)}/see`) : call('POST', `${base(service, id)}/see`, { body: { note } }),
    onSettled: async () => {
      await client.invalidateQueries({ queryKey: ['runs'] });
      await client.invalidateQueries({ queryKey: ['attention'] });
    },
  });
}
