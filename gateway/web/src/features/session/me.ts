// Who is signed in, with which roles; the login calls.

import { queryOptions, useSuspenseQuery } from '@tanstack/react-query';
import { call, setCsrfToken } from '@/api/client';
import { every, queryClient } from '@/api/query';
import type { Me, Role, Service } from '@/api/types';

export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: async ({ signal }) => take((await call<Me>('GET', '/api/auth/me', { anonymous: true, signal })).data),
  staleTime: Number.POSITIVE_INFINITY,
});

function take(me: Me): Me {
  setCsrfToken(me.csrf_token);
  return me;
}

export const useMe = (): Me => useSuspenseQuery(meQuery).data;

const RANK: Record<Role, number> = { viewer: 1, operator: 2, admin: 3 };

export const atLeast = (role: Role | undefined, wanted: Role): boolean => role !== undefined && RANK[role] >= RANK[wanted];

/** Does the signed-in person have at least this role in a service? (The server decides again.) */
export function useMay(): (service: string, role: Role) => boolean {
  const { roles } = useMe().user;
  return (service, role) => atLeast(roles[service], role);
}

export async function logIn(username: string, password: string): Promise<Me> {
  const { data } = await call<Me>('POST', '/api/auth/login', { body: { username, password }, anonymous: true });
  queryClient.setQueryData(meQuery.queryKey, take(data));
  return data;
}

export async function logOut(): Promise<void> {
  await call('POST', '/api/auth/logout', { anonymous: true });
  setCsrfToken(null);
  queryClient.clear();
}

export async function changePassword(current: string, next: string): Promise<void> {
  await call('POST', '/api/auth/password', { body: { current, new: next } });
  // Known from the answer: asking at once could still meet the session as it was read two seconds ago.
  queryClient.setQueryData(meQuery.queryKey, (me) => me && { ...me, user: { ...me.user, must_change_password: false } });
}

export async function refreshMe(): Promise<void> {
  await queryClient.invalidateQueries({ queryKey: meQuery.queryKey });
  await queryClient.fetchQuery({ ...meQuery, staleTime: 0 });
}

export const servicesQuery = queryOptions({
  queryKey: ['services'],
  queryFn: async ({ signal }) => {
    const { data } = await call<Service[] | { items: Service[] }>('GET', '/api/services', { signal });
    return Array.isArray(data) ? data : data.items;
  },
  staleTime: 60_000,
  // A site's zone is edited by somebody else now and then.
  refetchInterval: every(300_000),
});
