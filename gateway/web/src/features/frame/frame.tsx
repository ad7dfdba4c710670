// The frame around every screen: rail, bar, banners, and the bottom bar on phones.

import { Outlet, useRouterState } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ExpiredGuard } from '@/features/session/expired-guard';
import { Banners } from './banners';
import { BottomBar } from './bottom-bar';
import { Rail } from './rail';
import { TopBar } from './top-bar';

const Palette = lazy(async () => (await Promise.all([import('./palette'), import('@/styles/controls')]))[0]);

export function Frame() {
  const { t } = useTranslation();
  const [palette, setPalette] = useState(false);
  useSearchKey(() => setPalette(true));
  const main = useRef<HTMLElement>(null);
  const path = useRouterState({ select: (state) => state.location.pathname });
  const first = useRef(true);
  useEffect(() => {
    // A new screen: the keyboard continues there, not in the rail.
    if (!first.current) main.current?.focus({ preventScroll: true });
    first.current = false;
  }, [path]);
  return (
    <div className="frame">
      <a className="skip" href="#main">{t('frame.skip')}</a>
      <Rail />
      <div className="main">
        <TopBar onSearch={() => setPalette(true)} />
        <Banners />
        <main id="main" ref={main} tabIndex={-1}>
          <Outlet />
        </main>
      </div>
      <BottomBar />
      <ExpiredGuard />
      {palette && (
        <Suspense fallback={null}>
          <Palette onClose={() => setPalette(false)} />
        </Suspense>
      )}
    </div>
  );
}

function useSearchKey(open: () => void) {
  const handler = useRef(open);
  useEffect(() => {
    handler.current = open;
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        handler.current();
      }
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, []);
}
