import { expect, test } from 'vitest';
import { parseExact, prettyExact, writeExact } from './exact-json';

test('a whole number beyond 2^53 survives reading and writing', () => {
  const text = '{"id":9007199254740993,"small":7,"text":"9007199254740993","price":1.5,"list":[-12345678901234567890]}';
  const read = parseExact(text) as { id: bigint; small: number; text: string };
  expect(read.id).toBe(9007199254740993n);
  expect(read.small).toBe(7);
  expect(read.text).toBe('9007199254740993');
  expect(writeExact(read)).toBe(text);
});

test('a fraction with many digits stays an ordinary number', () => {
  expect(parseExact('{"a":0.12345678901234567890}')).toEqual({ a: 0.12345678901234568 });
});

test('keys are shown in order', () => {
  expect(prettyExact({ b: 1, a: { d: 2n, c: 3 } })).toBe('{\n  "a": {\n    "c": 3,\n    "d": 2\n  },\n  "b": 1\n}');
});
