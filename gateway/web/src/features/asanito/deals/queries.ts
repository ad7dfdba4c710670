// Deals, the products that open them, and Asanito's own products and funnel levels.

import { queryOptions } from '@tanstack/react-query';
import { call, get, post } from '@/api/client';
import type { Page, Run, RunState } from '@/api/types';
import type { components } from '@/api/schema.gen';
import { queryString } from '@/lib/filters';

type Schemas = components['schemas'];

export type Deal = Schemas['Asanito_Deal'];
export type DealState = Deal['state'];
export type DealAction = Deal['actions'][number];
export type Trigger = Required<Schemas['Asanito_TriggerProduct']>;
export type TargetProduct = Schemas['Asanito_TargetProduct'];
export type FunnelLevel = Schemas['Asanito_FunnelLevel'];

export const DEAL_STATES: DealState[] = ['synced', 'pending', 'skipped', 'failed', 'uncertain', 'ignored'];
/** The seven looks that every screen has. */
export const toneOf: Record<DealState, RunState> = { synced: 'succeeded', pending: 'queued', skipped: 'partial', failed: 'failed', uncertain: 'waiting', ignored: 'cancelled' };
/** Asanito answers this many products at once. */
export const PRODUCTS_AT_ONCE = 20;

const BASE = '/api/asanito/v1';

export interface DealsSearch {
  state?: string;
  q?: string;
  cursor?: string;
}

export const dealsQuery = (search: DealsSearch) =>
  queryOptions({
    queryKey: ['asanito', 'deals', search],
    queryFn: ({ signal }) => get<Page<Deal>>(`${BASE}/deals${queryString({ ...search, limit: 50 })}`, signal),
    placeholderData: (before) => before,
  });

/** The list, and the version of it that a change is made on sight of. */
export interface Triggers {
  items: Trigger[];
  etag: string | null;
}

export const triggersQuery = queryOptions({
  queryKey: ['asanito', 'deals', 'triggers'],
  queryFn: async ({ signal }): Promise<Triggers> => {
    const { data, etag } = await call<{ items: Trigger[] }>('GET', `${BASE}/deals/triggers`, { signal });
    return { items: data.items, etag };
  },
});

/** Asked of Asanito itself: not repeated by itself, so that a press says at once what is wrong. */
export const productsQuery = (search: string, page: number) =>
  queryOptions({
    queryKey: ['asanito', 'target', 'products', search, page],
    queryFn: async ({ signal }) => (await get<Page<TargetProduct>>(`${BASE}/target/products${queryString({ search, page })}`, signal)).items,
    placeholderData: (before) => before,
    staleTime: 30_000,
    retry: false,
    refetchOnWindowFocus: false,
  });

export const levelsQuery = (funnel: number | null) =>
  queryOptions({
    queryKey: ['asanito', 'target', 'levels', funnel],
    queryFn: async ({ signal }) => (await get<Page<FunnelLevel>>(`${BASE}/target/funnel-levels${queryString({ funnel_id: funnel ?? 0 })}`, signal)).items,
    enabled: funnel !== null,
    staleTime: 60_000,
    retry: false,
    refetchOnWindowFocus: false,
  });

/** Refused with 412 when somebody, or a take-over, changed the list since `seen`. */
export async function saveTriggers(items: Trigger[], seen: string | null): Promise<Triggers> {
  const { data, etag } = await call<{ items: Trigger[] }>('PUT', `${BASE}/deals/triggers`, { body: { items }, ifMatch: seen });
  return { items: data.items, etag };
}

const pathOf = (deal: Deal) => `${BASE}/deals/${deal.invoice_kind}/${deal.invoice_key}/${deal.item_key}` as const;

export const retryDeal = (deal: Deal): Promise<void> => post(`${pathOf(deal)}/retry`);
export const checkDeal = (deal: Deal): Promise<Run> => post(`${pathOf(deal)}/check`);
export const bindDeal = (deal: Deal, id: number, note: string): Promise<void> => post(`${pathOf(deal)}/bind`, { deal_id: id, note });
export const confirmDealAbsent = (deal: Deal, note: string): Promise<void> => post(`${pathOf(deal)}/confirm-absent`, { note });
