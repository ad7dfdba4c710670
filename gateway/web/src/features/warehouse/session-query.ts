// Today's session, as the warehouse screen and the overview ask for it.

import { queryOptions } from '@tanstack/react-query';
import { get } from '@/api/client';
import type { Session } from '@/api/invoices-types';

export const sessionQuery = queryOptions({
  queryKey: ['invoices', 'session'],
  queryFn: ({ signal }) => get<Session>('/api/invoices/v1/session', signal),
});
