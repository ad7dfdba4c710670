// Short news at the edge of the screen: said aloud once, gone after a while, never the only place of anything.

import { IconCheck, IconX } from '@tabler/icons-react';
import { useSyncExternalStore, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

interface Toast {
  id: number;
  message: ReactNode;
  title?: string;
  bad?: boolean;
}

const SHOWN_MILLISECONDS = 6000;
let toasts: Toast[] = [];
let last = 0;
const listeners = new Set<() => void>();

function set(next: Toast[]): void {
  toasts = next;
  listeners.forEach((listener) => listener());
}

const remove = (id: number): void => set(toasts.filter((item) => item.id !== id));

export function toast(news: Omit<Toast, 'id'>): void {
  last += 1;
  const id = last;
  set([...toasts.slice(-3), { ...news, id }]);
  setTimeout(() => remove(id), SHOWN_MILLISECONDS);
}

export function Toasts() {
  const { t } = useTranslation();
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => toasts,
  );
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.map((item) => (
        <div key={item.id} className={`toast card tone-${item.bad ? 'failed' : 'succeeded'}`}>
          {item.bad ? <IconX size={18} aria-hidden /> : <IconCheck size={18} aria-hidden />}
          <div>
            {item.title && <div className="strong">{item.title}</div>}
            <div className="small">{item.message}</div>
          </div>
          <button type="button" className="bar-button" aria-label={t('close')} onClick={() => remove(item.id)}><IconX size={15} aria-hidden /></button>
        </div>
      ))}
    </div>
  );
}
