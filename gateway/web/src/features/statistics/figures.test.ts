import { expect, test } from 'vitest';
import type { DayFigures } from '@/api/invoices-types';
import { median, plotOf, sumsOf } from './figures';

const day = (business_date: string, more: Partial<DayFigures> = {}): DayFigures => ({
  business_date, files: 1, kept: 10, valid: 9, not_found: 1, generated: 9, processed: 9, state: 'closed', seconds_to_open: 90, seconds_to_close: 7200, ...more,
});

test('a day on which nothing came is a gap, not a zero', () => {
  const plot = plotOf([day('2026-03-28'), day('2026-03-30', { valid: 0 })], '2026-03-28', '2026-03-30');
  expect(plot.days).toHaveLength(3);
  expect(plot.valid).toEqual([9, null, 0]);
  expect(plot.minutes_to_open).toEqual([1.5, null, 1.5]);
  expect(plot.hours_to_close[0]).toBe(2);
});

test('a day whose file was not imported is a gap', () => {
  expect(plotOf([day('2026-03-28', { state: null, valid: 0, processed: 0 })], '2026-03-28', '2026-03-28').processed).toEqual([null]);
});

test('a session that never opened has no duration', () => {
  const plot = plotOf([day('2026-03-28', { seconds_to_open: null })], '2026-03-28', '2026-03-28');
  expect(plot.minutes_to_open).toEqual([null]);
});

test('sums go over all days, the usual time is the middle one', () => {
  const sums = sumsOf([day('2026-11-18', { seconds_to_open: 10 }), day('2026-11-19', { seconds_to_open: 9000 }), day('2026-11-20', { seconds_to_open: 30 })]);
  expect([sums.days, sums.valid, sums.not_found, sums.seconds_to_open]).toEqual([3, 27, 3, 30]);
  expect(median([4, null, 2])).toBe(3);
  expect(median([null])).toBeNull();
});
