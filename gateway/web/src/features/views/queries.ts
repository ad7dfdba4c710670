// Saved views: named filters of a list, kept by the gateway. The address stays the state; a view only writes it.

import { queryOptions } from '@tanstack/react-query';
import { call, get, post } from '@/api/client';
import { queryString } from '@/lib/filters';

export type ViewSearch = Record<string, string>;

export interface View {
  id: string;
  screen: string;
  name: string;
  search: ViewSearch;
  shared: boolean;
  owner: string;
  own: boolean;
  may_change: boolean;
  is_default: boolean;
  version: number;
}

const BASE = '/api/views';

export const viewsQuery = (screen: string) =>
  queryOptions({
    queryKey: ['views', screen],
    queryFn: async ({ signal }) => (await get<{ items: View[] }>(`${BASE}${queryString({ screen })}`, signal)).items,
    staleTime: 30_000,
  });

export const createView = (body: { screen: string; name: string; search: ViewSearch; shared: boolean }) => post<View>(BASE, body);

export const changeView = async (view: View, change: Partial<Pick<View, 'name' | 'search' | 'shared'>>): Promise<View> =>
  (await call<View>('PATCH', `${BASE}/${view.id}`, { body: change, ifMatch: `"v${view.version}"` })).data;

export const deleteView = (view: View) => call('DELETE', `${BASE}/${view.id}`);
export const restoreView = (view: View) => post<View>(`${BASE}/${view.id}/restore`);
export const setDefault = (view: View, wanted: boolean) => call<View>(wanted ? 'PUT' : 'DELETE', `${BASE}/${view.id}/default`);

// Where in the list one stands and what is open beside it is nobody's filter.
const PASSING = new Set(['cursor', 'open', 'tab', 'line', 'bulk', 'tz']);

/** The filters of an address, in one order. */
export const filtersOf = (search: Record<string, unknown>): ViewSearch =>
  Object.fromEntries(
    Object.entries(search)
      .filter((entry): entry is [string, string] => typeof entry[1] === 'string' && entry[1] !== '' && !PASSING.has(entry[0]))
      .sort(([a], [b]) => a.localeCompare(b)),
  );

export const sameFilters = (a: Record<string, unknown>, b: Record<string, unknown>): boolean => JSON.stringify(filtersOf(a)) === JSON.stringify(filtersOf(b));
