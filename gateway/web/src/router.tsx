// The addresses of the console. A route only mounts a feature; what a screen shows is in its address.

import { createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { Broken, Waiting } from '@/components/route-states';
import { asanitoRoutes } from '@/features/asanito/routes';
import { frame, kiosk, login, password, root, signedIn } from './frame-routes';
import { screen, text } from './route-parts';

const overview = createRoute({
  getParentRoute: () => frame,
  path: '/',
  component: lazyRouteComponent(() => import('@/features/overview/overview'), 'Overview'),
});
const runs = createRoute({
  getParentRoute: () => frame,
  path: '/runs',
  validateSearch: text('service', 'state', 'job', 'trigger', 'q', 'when', 'idle', 'cursor', 'hide', 'open', 'tab', 'line', 'bulk'),
  component: screen(() => import('@/features/runs/runs'), 'Runs'),
});
const run = createRoute({
  getParentRoute: () => frame,
  path: '/runs/$service/$id',
  validateSearch: text('tab', 'line', 'outcome'),
  component: screen(() => import('@/features/runs/run-page'), 'RunPage'),
});
const schedules = createRoute({
  getParentRoute: () => frame,
  path: '/schedules',
  validateSearch: text('open'),
  component: screen(() => import('@/features/schedules/schedules'), 'Schedules'),
});
const jobs = createRoute({
  getParentRoute: () => frame,
  path: '/jobs',
  validateSearch: text('start'),
  component: screen(() => import('@/features/schedules/jobs'), 'Jobs'),
});
const warehouse = createRoute({
  getParentRoute: () => frame,
  path: '/invoices',
  component: screen(() => import('@/features/warehouse/warehouse'), 'Warehouse'),
});
const days = createRoute({
  getParentRoute: () => frame,
  path: '/invoices/sessions',
  validateSearch: text('cursor', 'state', 'date'),
  component: screen(() => import('@/features/days/days'), 'Days'),
});
const day = createRoute({
  getParentRoute: () => frame,
  path: '/invoices/sessions/$date',
  component: screen(() => import('@/features/days/day'), 'Day'),
});
const files = createRoute({
  getParentRoute: () => frame,
  path: '/invoices/files',
  validateSearch: text('cursor', 'state', 'q', 'hide', 'bulk'),
  component: screen(() => import('@/features/files/files'), 'Files'),
});
const file = createRoute({
  getParentRoute: () => frame,
  path: '/invoices/files/$id',
  validateSearch: text('status', 'cursor', 'q'),
  component: screen(() => import('@/features/files/file'), 'File'),
});
const archive = createRoute({
  getParentRoute: () => frame,
  path: '/invoices/archive',
  validateSearch: text('number', 'category', 'status', 'date', 'cursor'),
  component: screen(() => import('@/features/archive/archive'), 'Archive'),
});
const categories = createRoute({
  getParentRoute: () => frame,
  path: '/invoices/categories',
  validateSearch: text('q', 'cursor'),
  component: screen(() => import('@/features/archive/categories'), 'Categories'),
});
const statistics = createRoute({
  getParentRoute: () => frame,
  path: '/invoices/statistics',
  validateSearch: text('range'),
  component: screen(() => import('@/features/statistics/statistics'), 'Statistics'),
});
const connections = createRoute({
  getParentRoute: () => frame,
  path: '/connections',
  component: screen(() => import('@/features/connections/connections'), 'Connections'),
});
const mail = createRoute({
  getParentRoute: () => frame,
  path: '/mail',
  validateSearch: text('service', 'state', 'q', 'cursor', 'open'),
  component: screen(() => import('@/features/mail/mail'), 'Mail'),
});
const mailTemplates = createRoute({
  getParentRoute: () => frame,
  path: '/mail/templates',
  validateSearch: text('service', 'kind', 'locale', 'view'),
  component: screen(() => import('@/features/mail/templates'), 'MailTemplates'),
});
const audit = createRoute({
  getParentRoute: () => frame,
  path: '/audit',
  validateSearch: text('service', 'actor', 'action', 'q', 'cursor', 'open'),
  component: screen(() => import('@/features/audit/audit'), 'Audit'),
});
const settings = createRoute({
  getParentRoute: () => frame,
  path: '/settings',
  beforeLoad: ({ location }) => {
    if (location.pathname.replace(/\/$/, '') === '/settings') throw redirect({ to: '/settings/account' });
  },
  component: screen(() => import('@/features/settings/layout'), 'SettingsLayout'),
});
const account = createRoute({
  getParentRoute: () => settings,
  path: '/account',
  component: screen(() => import('@/features/settings/account'), 'Account'),
});
const users = createRoute({
  getParentRoute: () => settings,
  path: '/users',
  component: screen(() => import('@/features/settings/users'), 'Users'),
});
const keys = createRoute({
  getParentRoute: () => settings,
  path: '/keys',
  component: screen(() => import('@/features/settings/keys'), 'Keys'),
});
const options = createRoute({
  getParentRoute: () => settings,
  path: '/options/$service',
  component: screen(() => import('@/features/settings/options'), 'OptionsScreen'),
});
const pause = createRoute({
  getParentRoute: () => settings,
  path: '/pause',
  component: screen(() => import('@/features/settings/pause'), 'PauseScreen'),
});

const tree = root.addChildren([
  login,
  signedIn.addChildren([
    password,
    kiosk,
    frame.addChildren([
      overview, runs, run, schedules, jobs, warehouse, days, day, files, file, archive, categories, statistics, connections, mail, mailTemplates, audit,
      ...asanitoRoutes,
      settings.addChildren([account, users, keys, options, pause]),
    ]),
  ]),
]);

export const router = createRouter({
  routeTree: tree,
  defaultPreload: 'intent',
  defaultPendingComponent: Waiting,
  defaultErrorComponent: Broken,
  scrollRestoration: true,
  // Plain text in the address: `?state=failed,partial`, readable and typed by hand.
  parseSearch: (search) => Object.fromEntries(new URLSearchParams(search)),
  stringifySearch: (search) => {
    const parts = Object.entries(search).flatMap(([key, value]) =>
      value === undefined || value === '' ? [] : [`${key}=${encodeURIComponent(String(value)).replaceAll('%2C', ',').replaceAll('%2F', '/')}`],
    );
    return parts.length ? `?${parts.join('&')}` : '';
  },
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
