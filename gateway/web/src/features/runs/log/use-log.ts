// The lines of a run's log: read in pages, then followed by the stream, without gaps or doubles (`seq` orders them).

import { useQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useState } from 'react';
import { get } from '@/api/client';
import { every } from '@/api/query';
import { useStream, type StreamState } from '@/api/stream';
import type { LogLine } from '@/api/types';
import { queryString } from '@/lib/filters';
import { base } from '../queries';

export interface LogState {
  lines: LogLine[];
  complete: boolean;
  stream: StreamState;
  error: unknown;
  reload: () => void;
}

const PAGE = 1000;

export function mergeLines(known: LogLine[], more: LogLine[]): LogLine[] {
  const last = known.at(-1)?.seq ?? -1;
  const fresh = more.filter((line) => line.seq > last);
  if (fresh.length === more.length && isOrdered(fresh)) return fresh.length ? [...known, ...fresh] : known;
  const bySeq = new Map(known.map((line) => [line.seq, line]));
  for (const line of more) bySeq.set(line.seq, line);
  return bySeq.size === known.length ? known : [...bySeq.values()].sort((a, b) => a.seq - b.seq);
}

const isOrdered = (lines: LogLine[]): boolean => lines.every((line, index) => index === 0 || line.seq > (lines[index - 1]?.seq ?? 0));

export function useLog(service: string, id: string, live: boolean): LogState {
  const [lines, setLines] = useState<LogLine[]>([]);
  const [complete, setComplete] = useState(false);
  const take = useCallback((more: LogLine[]) => setLines((known) => mergeLines(known, more)), []);
  const last = lines.at(-1)?.seq ?? 0;
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
      const { items } = await get<{ items: LogLine[] }>(`${base(service, id)}/log${queryString({ after: last, limit: PAGE })}`, signal);
      take(items);
      return items.length;
    },
    enabled: ready && (!live || stream !== 'live'),
    refetchInterval: live ? every(3_000) : false,
  });
  return { lines, complete, stream, error: first.error, reload: () => void first.refetch() };
}
