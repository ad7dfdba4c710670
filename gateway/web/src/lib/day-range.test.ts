import { expect, test } from 'vitest';
import { readDays, shiftDay, writeDays } from './day-range';

test('a relative range ends today and counts today', () => {
  expect(readDays('7d', '2026-11-20')).toEqual({ from: '2026-11-14', to: '2026-11-20' });
  expect(readDays('30d', '2026-03-01')).toEqual({ from: '2026-01-31', to: '2026-03-01' });
});

test('an end that is left out, or typed wrongly, is open', () => {
  expect(readDays('2026-11-01..', '2026-11-20')).toEqual({ from: '2026-11-01', to: undefined });
  expect(readDays('2026-11-99..nonsense', '2026-11-20')).toEqual({ from: undefined, to: undefined });
  expect(readDays(undefined, '2026-11-20')).toEqual({ from: undefined, to: undefined });
});

test('a range is written as the server reads it', () => {
  expect(writeDays({ from: '2026-11-01', to: '2026-11-20' })).toBe('2026-11-01..2026-11-20');
  expect(writeDays({ to: '2026-11-20' })).toBe('..2026-11-20');
  expect(writeDays({})).toBeUndefined();
});

test('a day is shifted over the change of clocks and of years', () => {
  expect([shiftDay('2026-03-29', 1), shiftDay('2026-01-01', -1)]).toEqual(['2026-03-30', '2025-12-31']);
});
