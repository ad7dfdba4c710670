// What every address stands in: the root, the login, and the frame of those who are signed in.

import { createRootRoute, createRoute, lazyRouteComponent, Outlet, redirect, retainSearchParams } from '@tanstack/react-router';
import { ApiError } from '@/api/client';
import { queryClient } from '@/api/query';
import { Broken, NotFound } from '@/components/route-states';
import { Toasts } from '@/components/toast';
import { meQuery, servicesQuery } from '@/features/session/me';
import { screen, text } from './route-parts';

export const root = createRootRoute({
  component: Root,
  validateSearch: text('tz'),
  search: { middlewares: [retainSearchParams(['tz'])] },
  notFoundComponent: NotFound,
  errorComponent: Broken,
});

export const login = createRoute({
  getParentRoute: () => root,
  path: '/login',
  validateSearch: text('to'),
  component: screen(() => import('@/features/session/login'), 'Login'),
});

/** Everything else needs a login; the address asked for is kept. */
export const signedIn = createRoute({
  getParentRoute: () => root,
  id: 'signed-in',
  beforeLoad: async ({ location }) => {
    try {
      // The site's zone comes with the services: without it every time would first be shown in another one.
      const services = queryClient.getQueryData(servicesQuery.queryKey) ? null : queryClient.prefetchQuery(servicesQuery);
      const me = await queryClient.ensureQueryData(meQuery);
      await services;
      if (me.user.must_change_password && location.pathname !== '/password') {
        throw redirect({ to: '/password', search: { to: location.href } });
      }
      // A shared screen shows the warehouse and nothing else, unless an address was asked for.
      if (me.user.kiosk && location.pathname === '/') throw redirect({ to: '/kiosk' });
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) throw redirect({ to: '/login', search: { to: location.href } });
      throw error;
    }
  },
  component: Outlet,
});

export const password = createRoute({
  getParentRoute: () => signedIn,
  path: '/password',
  validateSearch: text('to'),
  component: screen(() => import('@/features/session/must-change'), 'MustChange'),
});

export const kiosk = createRoute({
  getParentRoute: () => signedIn,
  path: '/kiosk',
  component: screen(() => import('@/features/warehouse/kiosk'), 'Kiosk'),
});

export const frame = createRoute({
  getParentRoute: () => signedIn,
  id: 'frame',
  component: lazyRouteComponent(() => import('@/features/frame/frame'), 'Frame'),
});

function Root() {
  return (
    <>
      <Outlet />
      <Toasts />
    </>
  );
}
