import { expect, test } from 'vitest';
import { daysPath } from './queries';

test('days are asked for by state and by range, a page or the whole file', () => {
  const search = { state: 'closed', date: '7d', cursor: 'abc' };
  expect(daysPath(search, '2026-11-20')).toBe('/api/invoices/v1/sessions?state=closed&business_date=2026-11-14..2026-11-20&cursor=abc&limit=50');
  expect(daysPath(search, '2026-11-20', '.csv')).toBe('/api/invoices/v1/sessions.csv?state=closed&business_date=2026-11-14..2026-11-20');
  expect(daysPath({ date: '2026-11-01..' }, '2026-11-20', '.csv')).toBe('/api/invoices/v1/sessions.csv?business_date=2026-11-01..');
});
