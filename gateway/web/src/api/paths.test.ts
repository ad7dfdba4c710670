// What these lines prove is proven by the compiler: `npm run types` fails when a wrong address would be accepted.

import { expect, test } from 'vitest';
import type { ApiPath } from './paths';

const accepted: ApiPath[] = ['/api/auth/me', '/api/users?limit=5', '/api/invoices/v1/session/start', `/api/${'invoices' as string}/v1/runs/${'7' as string}/log?after=3`];

const refused: unknown[] = [
  // @ts-expect-error no such address
  '/api/auth/mee' satisfies ApiPath,
  // @ts-expect-error an action that does not exist
  '/api/invoices/v1/session/stort' satisfies ApiPath,
  // @ts-expect-error not below v1
  `/api/${'invoices' as string}/runs` satisfies ApiPath,
  // @ts-expect-error any text might be anything
  ('/api/' as string) satisfies ApiPath,
];

test('an address that is not in the description does not compile', () => {
  expect(accepted).toHaveLength(4);
  expect(refused).toHaveLength(4);
});
