import { expect, test } from 'vitest';
import type { LogLine } from '@/api/types';
import { asText, hasLevel, textOf } from './find';

const line = (seq: number, level: string, message: string, fields: LogLine['fields'] = {}): LogLine =>
  ({ seq, at: '2026-11-20T08:00:00Z', level, event: 'transfer.step', message, fields, attempt: 1 });
const lines = [line(1, 'debug', 'Opened'), line(2, 'info', 'Read 12 rows', { name: 'Letture.txt' }), line(3, 'error', 'Refused')];

test('the text of a line is its message, its event and its fields', () => {
  expect(lines.map(textOf)).toEqual(['Opened transfer.step', 'Read 12 rows transfer.step name=Letture.txt', 'Refused transfer.step']);
});

test('a level shows itself and what is worse', () => {
  expect(lines.filter((item) => hasLevel(item, 'info')).map((item) => item.seq)).toEqual([2, 3]);
  expect(hasLevel(line(4, 'critical', 'x'), 'error')).toBe(true);
});

test('the downloaded log has one line each', () => {
  expect(asText(lines).split('\n')[1]).toBe('2026-11-20T08:00:00Z INFO    [1] Read 12 rows transfer.step name=Letture.txt');
});
