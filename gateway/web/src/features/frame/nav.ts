// Where one can go. A service has screens of its own when its name is listed here; the others are seen by their runs.

import {
  IconAdjustments, IconArchive, IconArrowsExchange, IconBuildingBridge, IconBuildingWarehouse, IconCalendarTime, IconChartBar, IconCoins, IconFileText, IconHistory, IconLayoutDashboard,
  IconList, IconMail, IconPlayerPlay, IconPlugConnected, IconSettings, IconShieldCheck, IconTableOptions, IconTool, IconTrophy, IconUsers,
} from '@tabler/icons-react';

export const MAIN = [
  { to: '/', key: 'overview', icon: IconLayoutDashboard },
  { to: '/runs', key: 'runs', icon: IconList },
  { to: '/schedules', key: 'schedules', icon: IconCalendarTime },
  { to: '/jobs', key: 'jobs', icon: IconPlayerPlay },
] as const;

export const LAST = [
  { to: '/connections', key: 'connections', icon: IconPlugConnected },
  { to: '/mail', key: 'mail', icon: IconMail },
  { to: '/audit', key: 'audit', icon: IconShieldCheck },
  { to: '/settings', key: 'settings', icon: IconSettings },
] as const;

type ServiceScreen =
  | '/invoices' | '/invoices/sessions' | '/invoices/files' | '/invoices/archive' | '/invoices/statistics'
  | '/asanito' | '/asanito/records' | '/asanito/mappings' | '/asanito/deals' | '/asanito/explorer' | '/asanito/money' | '/asanito/admin';

interface OwnScreen {
  to: ServiceScreen;
  key: string;
  icon: typeof IconList;
  /** Screens that belong to it and whose address lies beside its own. */
  also?: string[];
}

/** Whether the address is one of the screen's others. */
export const isWithin = (path: string, screen: Pick<OwnScreen, 'also'>): boolean => screen.also?.some((own) => path === own || path.startsWith(`${own}/`)) ?? false;

export const SERVICE_SCREENS: Record<string, OwnScreen[]> = {
  invoices: [
    { to: '/invoices', key: 'warehouse', icon: IconBuildingWarehouse },
    { to: '/invoices/sessions', key: 'days', icon: IconHistory },
    { to: '/invoices/files', key: 'files', icon: IconFileText },
    { to: '/invoices/archive', key: 'archive', icon: IconArchive, also: ['/invoices/categories'] },
    { to: '/invoices/statistics', key: 'statistics', icon: IconChartBar },
  ],
  asanito: [
    { to: '/asanito', key: 'bridge', icon: IconBuildingBridge },
    { to: '/asanito/records', key: 'records', icon: IconUsers },
    { to: '/asanito/mappings', key: 'mappings', icon: IconArrowsExchange },
    { to: '/asanito/deals', key: 'deals', icon: IconTrophy },
    { to: '/asanito/money', key: 'money', icon: IconCoins },
    { to: '/asanito/explorer', key: 'explorer', icon: IconTableOptions },
    { to: '/asanito/admin', key: 'bridge_admin', icon: IconTool },
  ],
};

export const SETTINGS_ICON = IconAdjustments;
