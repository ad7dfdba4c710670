// Today's session: read once, then live by events; asked again regularly so that the age of what is shown is known.

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call, post } from '@/api/client';
import { isRefreshPaused } from '@/api/query';
import { useStream, type StreamState } from '@/api/stream';
import type { ImportReport, Session } from '@/api/invoices-types';
import type { Run } from '@/api/types';
import { queryString } from '@/lib/filters';
import { sessionQuery } from './session-query';

const BASE = '/api/invoices/v1';

export interface LiveSession {
  session: Session | undefined;
  error: unknown;
  /** When what is shown was last known to be true. */
  freshAt: number;
  stream: StreamState;
  reload: () => void;
}

export function useLiveSession(): LiveSession {
  const client = useQueryClient();
  const [heard, setHeard] = useState(0);
  const stream = useStream<Session>(
    `${BASE}/session/events`,
    (session) => {
      if (isRefreshPaused() || typeof session.state !== 'string') return;
      setHeard(Date.now());
      client.setQueryData(sessionQuery.queryKey, session);
    },
    ['session', 'status', 'update'],
  );
  const query = useQuery({
    ...sessionQuery,
    // Events tell changes at once; the slow question proves that nothing was missed. Without events it is asked more often.
    refetchInterval: () => (isRefreshPaused() ? false : stream === 'live' ? 10_000 : 5_000),
    refetchIntervalInBackground: true,
  });
  return { session: query.data, error: query.isError ? query.error : null, freshAt: Math.max(query.dataUpdatedAt, heard), stream, reload: () => void query.refetch() };
}

export type SessionAction = 'start' | 'check' | 'close';

export const actionPath = (action: SessionAction) => `${BASE}/session/${action}` as const;

export function useSessionAction() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ action, key, body, actAs }: { action: SessionAction; key: string; body?: unknown; actAs?: string }) =>
      (await call<Partial<Session>>('POST', actionPath(action), { body, idempotencyKey: key, actAs })).data,
    onSuccess: (answer) => {
      if (answer && typeof answer.state === 'string' && answer.buttons) client.setQueryData(sessionQuery.queryKey, answer as Session);
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['invoices'] }),
  });
}

export interface UploadAnswer {
  status: number;
  report: ImportReport;
}

export async function sendFile(file: File, options: { validateOnly?: boolean; acceptCount?: boolean; key: string }): Promise<UploadAnswer> {
  const form = new FormData();
  form.append('file', file, file.name);
  const query = queryString({ validate_only: options.validateOnly, accept_count: options.acceptCount });
  const { data, status } = await call<ImportReport>('POST', `${BASE}/files${query}`, { form, idempotencyKey: options.key });
  return { status, report: data };
}

export const INBOX_PATH = `${BASE}/jobs/imports.pick_up/runs` as const;

export const checkInbox = (actAs?: string): Promise<Run> => post<Run>(INBOX_PATH, { params: {} }, { actAs });
