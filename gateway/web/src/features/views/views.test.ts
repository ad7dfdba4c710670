import { expect, test } from 'vitest';
import { filtersOf, sameFilters } from './queries';

test('a view holds the filters of an address, not where one stands in the list', () => {
  expect(filtersOf({ when: '7d', state: 'failed', cursor: 'abc', open: 'x/1', tab: 'log', q: '' })).toEqual({ state: 'failed', when: '7d' });
});

test('the order of an address does not make another view', () => {
  expect(sameFilters({ state: 'failed', when: '7d' }, { when: '7d', state: 'failed', cursor: 'abc' })).toBe(true);
  expect(sameFilters({ state: 'failed' }, { state: '!failed' })).toBe(false);
});
