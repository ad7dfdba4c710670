// What the charts draw: one value for each day of a range, none where there was no such day; sums and the usual time.

import type { DayFigures } from '@/api/invoices-types';
import { shiftDay } from '@/lib/day-range';

export interface Plot {
  /** Noon of each day as seconds of UTC: the calendar day it names, in whatever zone. */
  days: number[];
  valid: (number | null)[];
  processed: (number | null)[];
  not_found: (number | null)[];
  minutes_to_open: (number | null)[];
  hours_to_close: (number | null)[];
}

/** Every day from the first to the last, so that a missing one is seen as a gap. */
export function plotOf(figures: DayFigures[], from: string, to: string): Plot {
  const known = new Map(figures.map((day) => [day.business_date, day]));
  const plot: Plot = { days: [], valid: [], processed: [], not_found: [], minutes_to_open: [], hours_to_close: [] };
  for (let day = from; day <= to; day = shiftDay(day, 1)) {
    const of = known.get(day);
    plot.days.push(Date.parse(`${day}T12:00:00Z`) / 1000);
    // A file without a session has nothing to be counted: a gap, too.
    const session = of?.state ? of : undefined;
    plot.valid.push(session?.valid ?? null);
    plot.processed.push(session?.processed ?? null);
    plot.not_found.push(session?.not_found ?? null);
    plot.minutes_to_open.push(per(of?.seconds_to_open, 60));
    plot.hours_to_close.push(per(of?.seconds_to_close, 3600));
  }
  return plot;
}

const per = (seconds: number | null | undefined, unit: number): number | null => (seconds === null || seconds === undefined ? null : seconds / unit);

export interface Sums {
  days: number;
  files: number;
  valid: number;
  processed: number;
  not_found: number;
  /** The usual day, not the average: one night-long outage says nothing about the others. */
  seconds_to_open: number | null;
  seconds_to_close: number | null;
}

export function sumsOf(figures: DayFigures[]): Sums {
  const sum = (pick: (day: DayFigures) => number) => figures.reduce((total, day) => total + pick(day), 0);
  return {
    days: figures.length, files: sum((day) => day.files), valid: sum((day) => day.valid), processed: sum((day) => day.processed), not_found: sum((day) => day.not_found),
    seconds_to_open: median(figures.map((day) => day.seconds_to_open)), seconds_to_close: median(figures.map((day) => day.seconds_to_close)),
  };
}

export function median(values: (number | null | undefined)[]): number | null {
  const known = values.filter((value): value is number => typeof value === 'number').sort((a, b) => a - b);
  const middle = Math.floor(known.length / 2);
  const upper = known[middle];
  if (upper === undefined) return null;
  return known.length % 2 ? upper : (upper + (known[middle - 1] ?? upper)) / 2;
}
