// Ranges of business days in the address: "30d" stays relative ("the last 30 days, today included"), "2026-11-01..2026-11-20" does not.

export const DAY_RANGES = ['7d', '30d', '90d', '365d'] as const;
export type DayRange = (typeof DAY_RANGES)[number];

export interface Days {
  from: string;
  to: string;
}

export function shiftDay(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

const isDay = (text: string): boolean => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`));

/** The two ends of a range, each open when not given; what is typed wrongly in the address counts as not given. */
export function readDays(text: string | undefined, today: string): Partial<Days> {
  const relative = /^(\d{1,4})d$/.exec(text ?? '');
  if (relative) return { from: shiftDay(today, 1 - Number(relative[1])), to: today };
  const [from = '', to = ''] = (text ?? '').split('..');
  return { from: isDay(from) ? from : undefined, to: isDay(to) ? to : undefined };
}

export function writeDays({ from, to }: Partial<Days>): string | undefined {
  return from || to ? `${from ?? ''}..${to ?? ''}` : undefined;
}
