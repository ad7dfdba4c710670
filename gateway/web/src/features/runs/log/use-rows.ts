// Which rows of equal height are in sight. Asked at most once per drawn frame, told only when it changes.

import { useEffect, useState, type RefObject } from 'react';

const SPARE = 20;

export interface Rows {
  from: number;
  to: number;
}

export function useRows(scroller: RefObject<HTMLDivElement | null>, height: number, count: number): Rows {
  const [rows, setRows] = useState<Rows>({ from: 0, to: 60 });
  useEffect(() => {
    const element = scroller.current;
    if (!element) return undefined;
    let frame = 0;
    const look = () => {
      frame = 0;
      const from = Math.max(0, Math.floor(element.scrollTop / height) - SPARE);
      const to = Math.ceil((element.scrollTop + element.clientHeight) / height) + SPARE;
      setRows((now) => (Math.abs(now.from - from) < SPARE / 2 && Math.abs(now.to - to) < SPARE / 2 ? now : { from, to }));
    };
    const ask = () => {
      if (!frame) frame = requestAnimationFrame(look);
    };
    const resized = new ResizeObserver(ask);
    resized.observe(element);
    element.addEventListener('scroll', ask, { passive: true });
    return () => {
      cancelAnimationFrame(frame);
      resized.disconnect();
      element.removeEventListener('scroll', ask);
    };
  }, [scroller, height]);
  return { from: Math.min(rows.from, Math.max(0, count - 1)), to: Math.min(rows.to, count) };
}
