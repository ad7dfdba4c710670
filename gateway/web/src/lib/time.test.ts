import { expect, test } from 'vitest';
import { commonZone, formatDuration, formatInstant, formatTaken, fromWallClock, toWallClock } from './time';

test('every formatted instant names its zone', () => {
  expect(formatInstant('2026-11-20T13:32:00Z', 'Europe/Rome', 'en')).toMatch(/14:32.*(CET|GMT\+1)/);
  expect(formatInstant('2026-11-20T13:32:00Z', 'UTC', 'it')).toMatch(/13:32.*UTC/);
});

test('the site is where most services are', () => {
  expect(commonZone(['Asia/Tehran', 'Europe/Rome', null, 'Europe/Rome', undefined])).toBe('Europe/Rome');
  expect(commonZone(['Europe/Rome', 'Asia/Tehran'])).toBe('Europe/Rome');
  expect(commonZone([null, undefined])).toBeNull();
});

test('a wall clock on both days of the clock change becomes the right instant', () => {
  expect(fromWallClock('2026-03-29T03:30', 'Europe/Rome')).toBe('2026-03-29T01:30:00.000Z');
  expect(fromWallClock('2026-10-25T12:00', 'Europe/Rome')).toBe('2026-10-25T11:00:00.000Z');
  expect(toWallClock('2026-07-01T10:00:00Z', 'Europe/Rome')).toBe('2026-07-01T12:00');
});

test('a duration shows its two largest units', () => {
  expect(formatDuration(3725, 'en')).toBe('1 hr 2 mins');
  expect(formatDuration(0.42, 'en')).toMatch(/^0.4 sec/);
});

test('what has ended took some time', () => {
  expect(formatTaken(0, 'en')).toMatch(/^< 0.1 secs?$/);
  expect(formatTaken(0.04, 'it')).toBe('< 0,1 s');
  expect(formatTaken(0.1, 'en')).toMatch(/^0.1 secs?$/);
  expect(formatTaken(65, 'en')).toBe('1 min 5 secs');
});
