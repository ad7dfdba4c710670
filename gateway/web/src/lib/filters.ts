// The query grammar of lists (FOUNDATION 11) as the console edits it: `a,b` alternatives, `!a,!b` excludes both,
// `from..to` ranges of dates; relative ranges stay relative in the URL and are resolved when asked.

import type { Query } from '@/api/paths';
import { fromWallClock, dateIn } from './time';

export interface Filter {
  not: boolean;
  values: string[];
}

export function readFilter(text: string | undefined): Filter {
  if (!text) return { not: false, values: [] };
  const terms = text.split(',').map((term) => term.trim()).filter(Boolean);
  return { not: terms.length > 0 && terms.every((term) => term.startsWith('!')), values: terms.map((term) => term.replace(/^!/, '')) };
}

export function writeFilter(filter: Filter): string | undefined {
  if (filter.values.length === 0) return undefined;
  return filter.values.map((value) => (filter.not ? `!${value}` : value)).join(',');
}

export const RELATIVE_RANGES = ['today', 'yesterday', '1h', '24h', '7d', '30d'] as const;
export type RelativeRange = (typeof RELATIVE_RANGES)[number];

export const isRelative = (text: string): text is RelativeRange => (RELATIVE_RANGES as readonly string[]).includes(text);

/** What the server is asked: "7d" → "2026-11-14T10:00:00.000Z..", "2026-11-01..2026-11-03" → two instants in the zone. */
export function resolveRange(text: string | undefined, zone: string, now: Date = new Date()): string | undefined {
  if (!text) return undefined;
  if (text === 'today') return `${fromWallClock(`${dateIn(zone, now)}T00:00`, zone)}..`;
  if (text === 'yesterday') {
    const yesterday = shiftDate(dateIn(zone, now), -1);
    return `${fromWallClock(`${yesterday}T00:00`, zone)}..${fromWallClock(`${dateIn(zone, now)}T00:00`, zone)}`;
  }
  const relative = /^(\d+)([hd])$/.exec(text);
  if (relative) {
    const hours = Number(relative[1]) * (relative[2] === 'd' ? 24 : 1);
    // Whole minutes, so that a list asked again within a minute is the same query.
    const start = Math.floor((now.getTime() - hours * 3600000) / 60000) * 60000;
    return `${new Date(start).toISOString()}..`;
  }
  const [from = '', to = ''] = text.split('..');
  return `${from && boundary(from, zone, 0)}..${to && boundary(to, zone, 1)}`;
}

function boundary(text: string, zone: string, days: number): string {
  return text.length > 10 ? text : fromWallClock(`${shiftDate(text, days)}T00:00`, zone);
}

function shiftDate(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86400000).toISOString().slice(0, 10);
}

/** `?a=1&b=2` from whatever is set; commas stay readable. */
export function queryString(values: Record<string, string | number | boolean | undefined>): Query {
  const parts = Object.entries(values)
    .filter(([, value]) => value !== undefined && value !== '' && value !== false)
    .map(([key, value]) => `${key}=${encodeURIComponent(String(value)).replaceAll('%2C', ',').replaceAll('%3A', ':')}`);
  return parts.length ? `?${parts.join('&')}` : '';
}
