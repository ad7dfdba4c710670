import { expect, test } from 'vitest';
import type { LogLine } from '@/api/types';
import { asText, atLevel, findLines } from './find';

const line = (seq: number, level: string, message: string, fields: LogLine['fields'] = {}): LogLine =>
  ({ seq, at: '2026-11-20T08:00:00Z', level, event: 'transfer.step', message, fields, attempt: 1 });
const lines = [line(1, 'debug', 'Opened'), line(2, 'info', 'Read 12 rows', { name: 'Letture.txt' }), line(3, 'error', 'Refused')];

test('find looks into messages, events and fields of every line', () => {
  expect(findLines(lines, 'letture')).toEqual([1]);
  expect(findLines(lines, 'TRANSFER.STEP')).toEqual([0, 1, 2]);
  expect(findLines(lines, '  ')).toEqual([]);
});

test('a level shows itself and what is worse', () => {
  expect(atLevel(lines, 'info').map((item) => item.seq)).toEqual([2, 3]);
  expect(atLevel([line(4, 'critical', 'x')], 'error')).toHaveLength(1);
});

test('the downloaded log has one line each', () => {
  expect(asText(lines).split('\n')[1]).toBe('2026-11-20T08:00:00Z INFO    [1] Read 12 rows transfer.step name=Letture.txt');
});
