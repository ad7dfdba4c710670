// The overview's own questions: the last 24 hours of runs, and a service's own summary.

import { queryOptions } from '@tanstack/react-query';
import { get } from '@/api/client';
import { every } from '@/api/query';
import type { Page, Run } from '@/api/types';
import { queryString, resolveRange } from '@/lib/filters';

const MOST_MARKS = 500;

export const lastDayQuery = queryOptions({
  queryKey: ['runs', 'last-day'],
  queryFn: ({ signal }) => get<Page<Run>>(`/api/runs${queryString({ created_at: resolveRange('24h', 'UTC'), hide_idle: 'true', limit: MOST_MARKS })}`, signal),
  refetchInterval: every(15_000),
});
