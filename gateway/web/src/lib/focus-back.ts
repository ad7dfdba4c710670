// A dialog that is mounted open cannot know on its own what had the keyboard before it; without this, closing it would
// leave the keyboard nowhere.

import { useEffect, useState } from 'react';

export function useFocusBack(): void {
  const [before] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      setTimeout(() => {
        // Who closed it may have put the keyboard somewhere on purpose.
        const lost = document.activeElement === null || document.activeElement === document.body;
        if (lost && before instanceof HTMLElement && before.isConnected) before.focus();
      });
    },
    [before],
  );
}
