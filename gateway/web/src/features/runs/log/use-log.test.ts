import { expect, test } from 'vitest';
import type { LogLine } from '@/api/types';
import { mergeLines } from './use-log';

const line = (seq: number): LogLine => ({ seq, at: '2026-11-20T08:00:00Z', level: 'info', event: 'x', message: String(seq), fields: {}, attempt: 1 });
const numbers = (lines: LogLine[]) => lines.map((item) => item.seq);

test('a line that comes by page and by stream is shown once, in order', () => {
  const first = mergeLines([], [line(1), line(2), line(3)]);
  expect(numbers(mergeLines(first, [line(3), line(4)]))).toEqual([1, 2, 3, 4]);
  expect(numbers(mergeLines([line(1), line(4)], [line(3), line(2)]))).toEqual([1, 2, 3, 4]);
});

test('nothing new leaves the list as it is', () => {
  const known = [line(1), line(2)];
  expect(mergeLines(known, [line(2)])).toBe(known);
  expect(mergeLines(known, [])).toBe(known);
});
