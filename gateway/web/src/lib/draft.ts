// What is typed survives a reload: drafts live in the tab's session storage until they are sent.

import { useEffect, useState } from 'react';

export function useDraft<T>(key: string, initial: T): [T, (value: T | ((before: T) => T)) => void, () => void] {
  const name = `portico.draft.${key}`;
  const [value, setValue] = useState<T>(() => {
    try {
      const kept = sessionStorage.getItem(name);
      return kept === null ? initial : (JSON.parse(kept) as T);
    } catch {
      return initial;
    }
  });
  useEffect(() => {
    try {
      if (JSON.stringify(value) === JSON.stringify(initial)) sessionStorage.removeItem(name);
      else sessionStorage.setItem(name, JSON.stringify(value));
    } catch {
      // Without storage the draft lasts as long as the screen.
    }
    // `initial` is a new object in every render; only what was typed matters.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [name, value]);
  const clear = () => {
    setValue(initial);
    try {
      sessionStorage.removeItem(name);
    } catch {
      // Nothing was kept.
    }
  };
  return [value, setValue, clear];
}
