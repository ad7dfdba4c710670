import { expect, test } from 'vitest';
import { isWithin, SERVICE_SCREENS } from './nav';

const archive = SERVICE_SCREENS.invoices?.find((screen) => screen.key === 'archive') ?? {};
const files = SERVICE_SCREENS.invoices?.find((screen) => screen.key === 'files') ?? {};

test('the categories belong to the archive, and to nothing else', () => {
  expect(isWithin('/invoices/categories', archive)).toBe(true);
  expect(isWithin('/invoices/categories-of-old', archive)).toBe(false);
  expect(isWithin('/invoices/categories', files)).toBe(false);
});
