// What was taken over from the program before, and the run that does it.

import { queryOptions } from '@tanstack/react-query';
import { get, post } from '@/api/client';
import { every } from '@/api/query';
import type { components } from '@/api/schema.gen';
import type { Job, Page, Run } from '@/api/types';

type Schemas = components['schemas'];

export type TakeOverReport = Schemas['Asanito_TakeOverReport'];
export type InheritedRecord = Schemas['Asanito_InheritedRecord'];

const BASE = '/api/asanito/v1';
const JOB = 'take-over';

export const takeOverQuery = queryOptions({
  queryKey: ['asanito', 'takeover'],
  queryFn: ({ signal }) => get<TakeOverReport>(`${BASE}/takeover?sample=10`, signal),
  refetchInterval: every(15_000),
});

/** The job with its last run; null when this bridge has none. */
export const takeOverJobQuery = queryOptions({
  queryKey: ['jobs', 'asanito', JOB],
  queryFn: async ({ signal }) => {
    const answer = await get<Page<Job> | Job[]>(`${BASE}/jobs`, signal);
    return (Array.isArray(answer) ? answer : answer.items).find((job) => job.name === JOB) ?? null;
  },
  refetchInterval: every(3_000),
});

export const startTakeOver = (): Promise<Run> => post(`${BASE}/jobs/${JOB}/runs`, { params: {} });
