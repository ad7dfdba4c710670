// The days in figures.

import { queryOptions } from '@tanstack/react-query';
import { get } from '@/api/client';
import type { DayFigures } from '@/api/invoices-types';
import type { Page } from '@/api/types';
import { queryString } from '@/lib/filters';

export const statisticsQuery = (from: string | undefined, to: string | undefined) =>
  queryOptions({
    queryKey: ['invoices', 'statistics', from, to],
    queryFn: async ({ signal }) => (await get<Page<DayFigures>>(`/api/invoices/v1/statistics${queryString({ from, to })}`, signal)).items,
    staleTime: 60_000,
    placeholderData: (before) => before,
  });
