// A run's log: read in pages, then followed by the stream, without gaps or doubles (`seq` orders them). What comes is
// collected and shown ten times a second: a thousand lines cost one drawing, not a thousand.

import { useQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { get } from '@/api/client';
import { every } from '@/api/query';
import { useStream, type StreamState } from '@/api/stream';
import type { LogLine } from '@/api/types';
import { queryString } from '@/lib/filters';
import { base } from '../queries';
import { LogLines } from './log-lines';

export interface LogState {
  lines: LogLines;
  /** Grows whenever `lines` has changed. */
  version: number;
  complete: boolean;
  stream: StreamState;
  error: unknown;
  reload: () => void;
}

const PAGE = 1000;
const SHOW_MILLISECONDS = 100;

export function useLog(service: string, id: string, live: boolean): LogState {
  const [lines] = useState(() => new LogLines());
  const [version, setVersion] = useState(0);
  const [complete, setComplete] = useState(false);
  const waiting = useRef<LogLine[]>([]);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const take = useCallback(
    (more: LogLine[]) => {
      waiting.current.push(...more);
      timer.current ??= setTimeout(() => {
        timer.current = undefined;
        const collected = waiting.current;
        waiting.current = [];
        if (lines.add(collected)) setVersion((now) => now + 1);
      }, SHOW_MILLISECONDS);
    },
    [lines],
  );
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined;
    },
    [],
  );
  const first = useQuery({
    queryKey: ['runs', 'log', service, id],
    queryFn: async ({ signal }) => {
      let after = 0;
      for (;;) {
        const { items } = await get<{ items: LogLine[] }>(`${base(service, id)}/log${queryString({ after, limit: PAGE })}`, signal);
        take(items);
        after = items.at(-1)?.seq ?? after;
        if (items.length < PAGE) return after;
      }
    },
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnMount: 'always',
  });
  const ready = first.isSuccess;
  useEffect(() => {
    if (ready) setComplete(true);
  }, [ready]);
  // The stream begins after what was read; the browser resumes it by Last-Event-ID.
  const stream = useStream<LogLine>(ready && live ? `${base(service, id)}/log/stream${queryString({ after: first.data })}` : null, (line) => typeof line.seq === 'number' && take([line]), ['line']);
  useQuery({
    queryKey: ['runs', 'log-poll', service, id],
    queryFn: async ({ signal }) => {
      const after = lines.all.at(-1)?.seq ?? 0;
      const { items } = await get<{ items: LogLine[] }>(`${base(service, id)}/log${queryString({ after, limit: PAGE })}`, signal);
      take(items);
      return items.length;
    },
    enabled: ready && (!live || stream !== 'live'),
    refetchInterval: live ? every(3_000) : false,
  });
  return { lines, version, complete, stream, error: first.error, reload: () => void first.refetch() };
}
