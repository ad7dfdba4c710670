import i18next from 'i18next';
import { expect, test } from 'vitest';
import { unitWord } from './units';

const word = (language: string, unit: string, count: number) => unitWord(i18next.getFixedT(language), i18next, unit, count);

test('one file is not files', () => {
  expect([word('en', 'files', 1), word('en', 'files', 2), word('en', 'files', 0)]).toEqual(['file', 'files', 'files']);
});

test('a unit that nobody translated stays as it is', () => {
  expect(word('en', 'parsecs', 1)).toBe('parsecs');
});
