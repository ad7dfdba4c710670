import { expect, test } from 'vitest';
import { amountText } from './amounts';

test('amounts are grouped and keep every digit', () => {
  expect(amountText('9007199254740993', 'en')).toBe('9,007,199,254,740,993');
  expect(amountText('-1250000', 'en')).toBe('-1,250,000');
  expect(amountText('12.50', 'en')).toBe('12.5');
  expect(amountText('-0.75', 'en')).toBe('-0.75');
  expect(amountText('0.00', 'en')).toBe('0');
});
