import { expect, test } from 'vitest';
import type { LogLine } from '@/api/types';
import { LogLines } from './log-lines';

const line = (seq: number, level = 'info', message = `line ${seq}`): LogLine => ({ seq, at: '2026-11-20T08:00:00Z', level, event: 'x', message, fields: {}, attempt: 1 });
const numbers = (lines: LogLine[]) => lines.map((item) => item.seq);
const filled = (...seqs: number[]) => {
  const log = new LogLines();
  log.add(seqs.map((seq) => line(seq)));
  return log;
};

test('a line that comes by page and by stream is kept once, in order', () => {
  const log = filled(1, 2, 3);
  expect(log.add([line(3), line(4)])).toBe(true);
  expect(numbers(log.all)).toEqual([1, 2, 3, 4]);
  const holed = filled(1, 4);
  expect(holed.add([line(3), line(2), line(3)])).toBe(true);
  expect(numbers(holed.all)).toEqual([1, 2, 3, 4]);
  expect(numbers(holed.shown)).toEqual([1, 2, 3, 4]);
});

test('nothing new is told as such', () => {
  const log = filled(1, 2);
  expect(log.add([line(2)])).toBe(false);
  expect(log.add([])).toBe(false);
});

test('a level shows itself and what is worse, also of lines that come later', () => {
  const log = filled(1);
  log.add([line(2, 'debug'), line(3, 'error')]);
  expect(numbers(log.shown)).toEqual([1, 3]);
  log.setLevel('error');
  log.add([line(4, 'info'), line(5, 'critical')]);
  expect(numbers(log.shown)).toEqual([3, 5]);
  log.setLevel('debug');
  expect(numbers(log.shown)).toEqual([1, 2, 3, 4, 5]);
});

test('a text is found in lines that are there and in those that come, at the level', () => {
  const log = filled(1, 2);
  log.find('LINE 2 ');
  expect(log.hits).toEqual([1]);
  log.add([line(3), line(20, 'debug'), line(21)]);
  expect(log.hits).toEqual([1, 3]);
  log.setLevel('debug');
  expect(log.hits).toEqual([1, 3, 4]);
  log.find('');
  expect(log.hits).toEqual([]);
});

test('a linked line has its place among those shown', () => {
  const log = filled(2, 5, 9);
  log.add([line(11, 'debug'), line(12)]);
  expect([2, 9, 12, 11, 3].map((seq) => log.placeOf(seq))).toEqual([0, 2, 3, -1, -1]);
});

test('a hundred thousand lines one by one take the time of their number, not of its square', () => {
  const log = new LogLines();
  log.find('line 99999');
  const began = performance.now();
  for (let seq = 1; seq <= 100_000; seq += 1) log.add([line(seq)]);
  expect(performance.now() - began).toBeLessThan(3_000);
  expect(log.hits).toEqual([99_998]);
});
