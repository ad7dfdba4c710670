// Past days.

import { queryOptions } from '@tanstack/react-query';
import { ApiError, get } from '@/api/client';
import { every } from '@/api/query';
import type { Day, InvoiceRow, Session, Timeline } from '@/api/invoices-types';
import type { ApiPath } from '@/api/paths';
import type { Page } from '@/api/types';
import { readDays, writeDays } from '@/lib/day-range';
import { queryString } from '@/lib/filters';

const BASE = '/api/invoices/v1';

export interface DaysSearch {
  state?: string;
  date?: string;
  cursor?: string;
}

/** What the server is asked; `.csv` answers the same days as a file. */
export function daysPath({ state, date, cursor }: DaysSearch, today: string, suffix: '' | '.csv' = ''): ApiPath {
  const days = date ? writeDays(readDays(date, today)) : undefined;
  return `${BASE}/sessions${suffix}${queryString({ state, business_date: days, ...(suffix ? {} : { cursor, limit: 50 }) })}`;
}

export const daysQuery = (search: DaysSearch, today: string) =>
  queryOptions({
    queryKey: ['invoices', 'days', search, today],
    queryFn: ({ signal }) => get<Page<Day>>(daysPath(search, today), signal),
    refetchInterval: search.cursor ? false : every(15_000),
    placeholderData: (before) => before,
  });

/** Null for a day that had no session. */
export const dayQuery = (date: string) =>
  queryOptions({
    queryKey: ['invoices', 'day', date],
    queryFn: async ({ signal }): Promise<Session | null> => {
      try {
        const session = await get<Session>(`${BASE}/sessions/${date}`, signal);
        return session.state === 'none' ? null : session;
      } catch (error) {
        if (error instanceof ApiError && (error.code === 'no_session' || error.code === 'unknown_session')) return null;
        throw error;
      }
    },
    refetchInterval: every(10_000),
  });

export const timelineQuery = (date: string) =>
  queryOptions({ queryKey: ['invoices', 'timeline', date], queryFn: ({ signal }) => get<Timeline>(`${BASE}/sessions/${date}/timeline`, signal), refetchInterval: every(10_000) });

/** Rows of a day's files with one status, all pages: the not-found list is printed whole. */
export type RowOfDay = InvoiceRow & { file_id: string };

export const rowsOfDayQuery = (files: string[], status: string) =>
  queryOptions({
    queryKey: ['invoices', 'rows', files, status],
    queryFn: async ({ signal }) => {
      const rows: RowOfDay[] = [];
      for (const file of files) {
        let cursor: string | undefined;
        do {
          const page = await get<Page<InvoiceRow>>(`${BASE}/files/${file}/rows${queryString({ status, cursor, limit: 1000 })}`, signal);
          rows.push(...page.items.map((row) => ({ ...row, file_id: file })));
          cursor = page.next ?? undefined;
        } while (cursor);
      }
      return rows;
    },
    enabled: files.length > 0,
  });
