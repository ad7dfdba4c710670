// Mantine is told the direction of the language, also when it changes: menus, drawers and sliders are placed by it.

import { DirectionProvider, useDirection } from '@mantine/core';
import i18next from 'i18next';
import { useEffect, type ReactNode } from 'react';
import { directionOf } from '@/i18n';

export function Directed({ children }: { children: ReactNode }) {
  return (
    <DirectionProvider initialDirection={directionOf(i18next.language)} detectDirection={false}>
      <FollowLanguage />
      {children}
    </DirectionProvider>
  );
}

function FollowLanguage() {
  const { setDirection } = useDirection();
  useEffect(() => {
    const follow = (language: string) => setDirection(directionOf(language));
    i18next.on('languageChanged', follow);
    return () => i18next.off('languageChanged', follow);
  }, [setDirection]);
  return null;
}
