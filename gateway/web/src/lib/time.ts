// Instants and zones: every time on screen is printed in a named zone.

export type ZoneChoice = 'site' | 'utc' | 'browser';

export const browserZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

export function resolveZone(choice: ZoneChoice, siteZone: string): string {
  if (choice === 'utc') return 'UTC';
  return choice === 'browser' ? browserZone() : siteZone;
}

/** The zone that most services name; the first among equals. Null when none has a site. */
export function commonZone(zones: (string | null | undefined)[]): string | null {
  const counts = new Map<string, number>();
  for (const zone of zones) if (zone) counts.set(zone, (counts.get(zone) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? null;
}

type Style = 'full' | 'minute' | 'time' | 'date' | 'day';

const STYLES: Record<Style, Intl.DateTimeFormatOptions> = {
  full: { year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit', timeZoneName: 'short' },
  minute: { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', timeZoneName: 'short' },
  time: { hour: '2-digit', minute: '2-digit', timeZoneName: 'short' },
  date: { year: 'numeric', month: 'short', day: 'numeric' },
  day: { weekday: 'long', day: 'numeric', month: 'long' },
};

const formats = new Map<string, Intl.DateTimeFormat>();

export function formatInstant(instant: string | Date, zone: string, language: string, style: Style = 'minute'): string {
  const key = `${zone}|${language}|${style}`;
  let format = formats.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat(regionOf(language), { ...STYLES[style], timeZone: zone, hourCycle: 'h23' });
    formats.set(key, format);
  }
  return format.format(typeof instant === 'string' ? new Date(instant) : instant);
}

/** A business date ("2026-11-20") has no zone: it is formatted as the calendar day it names. */
export function formatDay(date: string, language: string, style: 'date' | 'day' = 'day'): string {
  return formatInstant(`${date}T00:00:00Z`, 'UTC', language, style);
}

/** 24-hour times and day-month order, also for English. */
const regionOf = (language: string): string => (language.startsWith('en') ? 'en-GB' : language);

/** The offset of a zone at an instant, in minutes east of UTC. */
export function offsetMinutes(at: Date, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric',
  }).formatToParts(at);
  const of = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  const asUtc = Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'));
  return Math.round((asUtc - Math.floor(at.getTime() / 1000) * 1000) / 60000);
}

/** "2026-11-20T14:30" as a wall clock in a zone → the instant in UTC. */
export function fromWallClock(local: string, zone: string): string {
  const guess = new Date(`${local.length === 16 ? `${local}:00` : local}Z`);
  const first = new Date(guess.getTime() - offsetMinutes(guess, zone) * 60000);
  return new Date(guess.getTime() - offsetMinutes(first, zone) * 60000).toISOString();
}

/** The instant → "2026-11-20T14:30" on a zone's wall clock, as datetime-local inputs want it. */
export function toWallClock(instant: string | Date, zone: string): string {
  const at = typeof instant === 'string' ? new Date(instant) : instant;
  return new Date(at.getTime() + offsetMinutes(at, zone) * 60000).toISOString().slice(0, 16);
}

export function dateIn(zone: string, at: Date = new Date()): string {
  return toWallClock(at, zone).slice(0, 10);
}

/** Shorter than this is shown as "< 0.1 sec": nothing that happened took no time. */
const SHORTEST_SECONDS = 0.1;

/** "3 min", "2 h 5 min": the two largest units. */
export function formatDuration(seconds: number, language: string): string {
  const total = Math.max(0, Math.round(seconds));
  const parts: [number, string][] = [
    [Math.floor(total / 86400), 'day'], [Math.floor((total % 86400) / 3600), 'hour'],
    [Math.floor((total % 3600) / 60), 'minute'], [total % 60, 'second'],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  if (first === -1) return unit(seconds > 0 ? Math.round(seconds * 10) / 10 : 0, 'second', language);
  return parts.slice(first, first + 2).filter(([count]) => count > 0).map(([count, name]) => unit(count, name, language)).join(' ');
}

const unit = (count: number, name: string, language: string) =>
  new Intl.NumberFormat(regionOf(language), { style: 'unit', unit: name, unitDisplay: 'short' }).format(count);

/** How long something took that has ended: never "0 sec". */
export function formatTaken(seconds: number, language: string): string {
  return seconds < SHORTEST_SECONDS ? `< ${unit(SHORTEST_SECONDS, 'second', language)}` : formatDuration(seconds, language);
}

/** "5 minutes ago", "in 2 hours". */
export function formatRelative(instant: string, language: string, now: number = Date.now()): string {
  const seconds = (new Date(instant).getTime() - now) / 1000;
  const size = Math.abs(seconds);
  const format = new Intl.RelativeTimeFormat(regionOf(language), { numeric: 'auto' });
  if (size < 45) return format.format(Math.round(seconds), 'second');
  if (size < 2700) return format.format(Math.round(seconds / 60), 'minute');
  if (size < 79200) return format.format(Math.round(seconds / 3600), 'hour');
  return format.format(Math.round(seconds / 86400), 'day');
}
