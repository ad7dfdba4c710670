// Jobs and schedules of every service one may see, asked of each and merged; an absent service is named.

import { queryOptions } from '@tanstack/react-query';
import { ApiError, call, get } from '@/api/client';
import { every } from '@/api/query';
import type { Job, Page, PartialError, Schedule } from '@/api/types';

export interface Merged<T> {
  items: (T & { service: string })[];
  errors: PartialError[];
}

/** Asks each service for the same list; what does not answer is told, what answers is shown. */
export async function fromEach<T>(services: string[], path: 'jobs' | 'schedules' | 'connections', signal?: AbortSignal): Promise<Merged<T>> {
  const answers = await Promise.allSettled(
    services.map(async (service) => {
      const answer = await get<Page<T> | T[]>(`/api/${service}/v1/${path}`, signal);
      return (Array.isArray(answer) ? answer : answer.items).map((item) => ({ ...item, service }));
    }),
  );
  const merged: Merged<T> = { items: [], errors: [] };
  answers.forEach((answer, index) => {
    if (answer.status === 'fulfilled') merged.items.push(...answer.value);
    else {
      const error: unknown = answer.reason;
      merged.errors.push({ service: services[index] ?? '', code: error instanceof ApiError ? error.code : 'error', detail: error instanceof Error ? error.message : '' });
    }
  });
  if (services.length > 0 && merged.errors.length === services.length) {
    const first = answers.find((answer) => answer.status === 'rejected');
    throw first?.reason;
  }
  return merged;
}

export const jobsQuery = (services: string[]) =>
  queryOptions({
    queryKey: ['jobs', services],
    queryFn: ({ signal }) => fromEach<Job>(services, 'jobs', signal),
    enabled: services.length > 0,
    refetchInterval: every(10_000),
  });

export const schedulesQuery = (services: string[]) =>
  queryOptions({
    queryKey: ['schedules', services],
    queryFn: ({ signal }) => fromEach<Schedule>(services, 'schedules', signal),
    enabled: services.length > 0,
    refetchInterval: every(10_000),
  });

export const scheduleQuery = (service: string, id: string) =>
  queryOptions({
    queryKey: ['schedules', 'one', service, id],
    queryFn: async ({ signal }) => {
      const { data, etag } = await call<Schedule>('GET', `/api/${service}/v1/schedules/${id}`, { signal });
      return { schedule: data, etag };
    },
    // An open editor must not be overwritten by a refetch.
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
  });

export const previewQuery = (service: string, cron: string[], zone: string, holidays: string[]) =>
  queryOptions({
    queryKey: ['schedules', 'preview', service, cron, zone, holidays],
    queryFn: async () => (await call<{ next: string[] }>('POST', `/api/${service}/v1/schedules/preview`, { body: { cron, zone, holidays } })).data.next,
    retry: false,
    staleTime: 60_000,
  });
