// The query client of the console, and the switch that pauses all refreshing.

import { QueryClient } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { ApiError } from './client';

const KEY = 'portico.paused-refresh';
const listeners = new Set<() => void>();
let paused = readFlag();

function readFlag(): boolean {
  try {
    return sessionStorage.getItem(KEY) === '1';
  } catch {
    return false;
  }
}

export const isRefreshPaused = (): boolean => paused;

export function setRefreshPaused(value: boolean): void {
  paused = value;
  try {
    sessionStorage.setItem(KEY, value ? '1' : '0');
  } catch {
    // Private windows may refuse storage: the switch then lasts until a reload.
  }
  listeners.forEach((listener) => listener());
  if (!value) void queryClient.invalidateQueries();
}

export function useRefreshPaused(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => paused,
  );
}

/** For `refetchInterval`: the interval, or none while refreshing is paused. */
export const every = (milliseconds: number) => () => (paused ? false : milliseconds);

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 2_000,
      // A failed load keeps what was shown, says so, and tries again.
      retry: (count, error) => !(error instanceof ApiError && error.status >= 400 && error.status < 500) && count < 2,
      refetchOnWindowFocus: () => !paused,
      refetchOnReconnect: () => !paused,
    },
    mutations: { retry: false },
  },
});
