// The zone in which times are shown: the site's, UTC or the browser's. Kept in the URL (`tz`) and remembered.

import { Tooltip } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { servicesQuery } from '@/features/session/me';
import { browserZone, commonZone, formatInstant, formatRelative, resolveZone, type ZoneChoice } from '@/lib/time';

const KEY = 'portico.zone';

function kept(): ZoneChoice {
  try {
    const text = localStorage.getItem(KEY);
    return text === 'utc' || text === 'browser' ? text : 'site';
  } catch {
    return 'site';
  }
}

export function useZoneChoice(): [ZoneChoice, (choice: ZoneChoice) => void] {
  const search = useSearch({ strict: false }) as { tz?: ZoneChoice };
  const navigate = useNavigate();
  const choose = (choice: ZoneChoice) => {
    try {
      localStorage.setItem(KEY, choice);
    } catch {
      // The URL still carries it.
    }
    void navigate({ to: '.', search: (before: Record<string, unknown>) => ({ ...before, tz: choice }), replace: true });
  };
  return [search.tz ?? kept(), choose];
}

/** The zone that the services' own settings name as their site's. */
export function useSiteZone(): string {
  return commonZone(useQuery(servicesQuery).data?.map((service) => service.zone) ?? []) ?? browserZone();
}

export function useZone(): string {
  const site = useSiteZone();
  return resolveZone(useZoneChoice()[0], site);
}

/** The current second, shared by everything that counts time on screen. */
let now = Date.now();
const ticking = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void) {
  ticking.add(listener);
  timer ??= setInterval(() => {
    now = Date.now();
    ticking.forEach((tell) => tell());
  }, 1000);
  return () => {
    ticking.delete(listener);
    if (ticking.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

export const useNow = (): number => useSyncExternalStore(subscribe, () => now);

interface TimeProps {
  at: string | null | undefined;
  style?: 'full' | 'minute' | 'time' | 'date';
  zone?: string;
  relative?: boolean;
}

export function Time({ at, style = 'minute', zone, relative }: TimeProps) {
  const { i18n, t } = useTranslation();
  const chosen = useZone();
  if (!at) return <span className="dim">{t('none')}</span>;
  const shown = formatInstant(at, zone ?? chosen, i18n.language, style);
  const full = `${formatInstant(at, zone ?? chosen, i18n.language, 'full')} · ${new Date(at).toISOString()}`;
  return (
    <Tooltip label={full}>
      <time dateTime={at} className="num nowrap">
        {relative ? <Relative at={at} /> : shown}
      </time>
    </Tooltip>
  );
}

function Relative({ at }: { at: string }) {
  const { i18n } = useTranslation();
  const current = useNow();
  return <>{formatRelative(at, i18n.language, current)}</>;
}

/** The wall clock of the frame: changes once a minute. */
export function useMinute(): Date {
  const [minute, setMinute] = useState(() => new Date());
  useEffect(() => {
    const wait = setInterval(() => setMinute(new Date()), 5_000);
    return () => clearInterval(wait);
  }, []);
  return minute;
}
