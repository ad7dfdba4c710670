// Which service's mails are shown first.

import { expect, test } from 'vitest';
import { wroteLast } from './queries';

test('the service that wrote last is shown first, the first one when nobody did', () => {
  expect(wroteLast(['asanito', 'invoices'], ['', '2026-11-20T18:00:00Z'])).toBe('invoices');
  expect(wroteLast(['asanito', 'invoices'], ['2026-11-20T18:00:01Z', '2026-11-20T18:00:00Z'])).toBe('asanito');
  expect(wroteLast(['asanito', 'invoices'], ['', ''])).toBe('asanito');
  expect(wroteLast([], [])).toBe('');
});
