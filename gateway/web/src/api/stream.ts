// Server-sent events as a hook. The browser reconnects by itself (Last-Event-ID included); while it cannot, the
// callers poll.

import { useEffect, useRef, useState } from 'react';
import type { ApiPath } from './paths';
import { parseExact } from '@/lib/exact-json';

export type StreamState = 'connecting' | 'live' | 'down';

/** Listens while `url` is set. Named and unnamed events are taken alike: the shape of the data tells what it is. */
export function useStream<T>(url: ApiPath | null, onEvent: (data: T, id: string) => void, names: string[] = []): StreamState {
  const [state, setState] = useState<StreamState>('connecting');
  const handler = useRef(onEvent);
  useEffect(() => {
    handler.current = onEvent;
  });
  const listened = names.join(',');
  useEffect(() => {
    if (!url || typeof EventSource === 'undefined') {
      setState('down');
      return undefined;
    }
    let source: EventSource | null = null;
    let retry: ReturnType<typeof setTimeout> | undefined;
    const take = (event: MessageEvent<string>) => {
      setState('live');
      if (event.data) handler.current(parseExact(event.data) as T, event.lastEventId);
    };
    const open = () => {
      setState((now) => (now === 'live' ? 'connecting' : now));
      source = new EventSource(url);
      source.onopen = () => setState('live');
      source.onmessage = take;
      for (const name of listened ? listened.split(',') : []) source.addEventListener(name, take as EventListener);
      source.onerror = () => {
        setState('down');
        // A refused stream is closed for good by the browser: ask again after a while.
        if (source?.readyState === EventSource.CLOSED) retry = setTimeout(open, 10_000);
      };
    };
    open();
    return () => {
      clearTimeout(retry);
      source?.close();
    };
  }, [url, listened]);
  return state;
}
