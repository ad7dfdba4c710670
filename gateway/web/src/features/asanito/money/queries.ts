// The money check: sums of the source beside the sums that were posted.

import { queryOptions } from '@tanstack/react-query';
import { get } from '@/api/client';
import type { components } from '@/api/schema.gen';
import type { RunState } from '@/api/types';
import { queryString } from '@/lib/filters';

type Schemas = components['schemas'];

export type MoneyCheck = Schemas['Asanito_MoneyCheck'];
export type MoneyOfDay = Schemas['Asanito_MoneyOfDay'];
export type MoneyDifference = Schemas['Asanito_MoneyDifference'];
export type MoneyBalance = Schemas['Asanito_MoneyBalance'];

export const moneyQuery = (from: string, to: string, balances: boolean) =>
  queryOptions({
    queryKey: ['asanito', 'money', from, to, balances],
    queryFn: ({ signal }) => get<MoneyCheck>(`/api/asanito/v1/money${queryString({ from, to, balances })}`, signal),
    placeholderData: (before) => before,
    staleTime: 30_000,
    refetchOnWindowFocus: false,
  });

/** How bad each kind of difference is, in the looks that every screen has. */
export const toneOf: Record<MoneyDifference['code'], RunState> = { not_posted: 'partial', not_finished: 'partial', amount_differs: 'failed', unreadable: 'failed', deleted_at_source: 'failed' };
