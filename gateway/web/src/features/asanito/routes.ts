// The addresses of the Asanito bridge.

import { createRoute } from '@tanstack/react-router';
import { frame } from '@/frame-routes';
import { screen, text } from '@/route-parts';

const dashboard = createRoute({
  getParentRoute: () => frame,
  path: '/asanito',
  validateSearch: text('start', 'dry'),
  component: screen(() => import('./dashboard/dashboard'), 'Dashboard'),
});
const records = createRoute({
  getParentRoute: () => frame,
  path: '/asanito/records',
  validateSearch: text('kind', 'state', 'reason', 'q', 'warned', 'changed', 'cursor', 'hide', 'bulk'),
  component: screen(() => import('./records/records'), 'Records'),
});
const record = createRoute({
  getParentRoute: () => frame,
  path: '/asanito/records/$kind/$key',
  component: screen(() => import('./record/record'), 'RecordPage'),
});
const mappings = createRoute({
  getParentRoute: () => frame,
  path: '/asanito/mappings',
  component: screen(() => import('./mappings/mappings'), 'MappingsScreen'),
});
const mappingsOfType = createRoute({
  getParentRoute: () => frame,
  path: '/asanito/mappings/$type',
  validateSearch: text('source', 'q', 'show', 'look', 'page'),
  component: screen(() => import('./mappings/type'), 'MappingsOfType'),
});
const deals = createRoute({
  getParentRoute: () => frame,
  path: '/asanito/deals',
  validateSearch: text('state', 'q', 'cursor', 'tab', 'product', 'page'),
  component: screen(() => import('./deals/deals'), 'Deals'),
});
const explorer = createRoute({
  getParentRoute: () => frame,
  path: '/asanito/explorer',
  validateSearch: text('table', 'column', 'q', 'cursor', 'hide'),
  component: screen(() => import('./explorer/explorer'), 'Explorer'),
});
const money = createRoute({
  getParentRoute: () => frame,
  path: '/asanito/money',
  validateSearch: text('range', 'balances'),
  component: screen(() => import('./money/money'), 'Money'),
});
const admin = createRoute({
  getParentRoute: () => frame,
  path: '/asanito/admin',
  component: screen(() => import('./admin/admin'), 'Admin'),
});
const doctor = createRoute({
  getParentRoute: () => frame,
  path: '/asanito/doctor',
  component: screen(() => import('./doctor/doctor'), 'Doctor'),
});
const takeOver = createRoute({
  getParentRoute: () => frame,
  path: '/asanito/take-over',
  component: screen(() => import('./takeover/takeover'), 'TakeOver'),
});

export const asanitoRoutes = [dashboard, records, record, mappings, mappingsOfType, deals, explorer, money, admin, doctor, takeOver] as const;
