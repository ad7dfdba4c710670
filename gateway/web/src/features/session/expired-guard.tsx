// Waits for a session to expire. The dialog itself is loaded at once when idle, so that it is there without the network.

import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { onExpired } from '@/api/client';

const load = async () => (await Promise.all([import('./expired'), import('@/styles/controls')]))[0];
const ExpiredDialog = lazy(load);

export function ExpiredGuard() {
  const [asking, setAsking] = useState(false);
  const waiting = useRef<(() => void)[]>([]);
  useEffect(() => {
    onExpired(() => {
      setAsking(true);
      return new Promise<void>((resolve) => waiting.current.push(resolve));
    });
    const early = setTimeout(() => void load(), 5_000);
    return () => {
      clearTimeout(early);
      onExpired(null);
    };
  }, []);
  const done = () => {
    setAsking(false);
    for (const resolve of waiting.current.splice(0)) resolve();
  };
  if (!asking) return null;
  return (
    <Suspense fallback={null}>
      <ExpiredDialog onDone={done} />
    </Suspense>
  );
}
