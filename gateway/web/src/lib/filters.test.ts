import { expect, test } from 'vitest';
import { queryString, readFilter, resolveRange, writeFilter } from './filters';

const now = new Date('2026-11-20T10:00:30Z');

test('a filter reads back as it was written', () => {
  for (const text of ['failed,partial', '!manual', '!manual,!api']) expect(writeFilter(readFilter(text))).toBe(text);
  expect(writeFilter(readFilter(undefined))).toBeUndefined();
});

test('relative ranges are resolved when the list is asked, in the chosen zone', () => {
  expect(resolveRange('24h', 'UTC', now)).toBe('2026-11-19T10:00:00.000Z..');
  expect(resolveRange('today', 'Europe/Rome', now)).toBe('2026-11-19T23:00:00.000Z..');
  expect(resolveRange('yesterday', 'UTC', now)).toBe('2026-11-19T00:00:00.000Z..2026-11-20T00:00:00.000Z');
});

test('a range of days includes its last day', () => {
  expect(resolveRange('2026-11-01..2026-11-03', 'UTC', now)).toBe('2026-11-01T00:00:00.000Z..2026-11-04T00:00:00.000Z');
  expect(resolveRange('2026-11-01..', 'UTC', now)).toBe('2026-11-01T00:00:00.000Z..');
});

test('only what is set is asked', () => {
  expect(queryString({ state: '!failed,partial', q: undefined, limit: 50, idle: false })).toBe('?state=!failed,partial&limit=50');
});
