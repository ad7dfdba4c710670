// Where one can go. A service has screens of its own when its name is listed here; the others are seen by their runs.

import {
  IconAdjustments, IconArchive, IconBuildingWarehouse, IconCalendarTime, IconChartBar, IconFileText, IconHistory, IconLayoutDashboard, IconList, IconMail, IconPlayerPlay,
  IconPlugConnected, IconSettings, IconShieldCheck,
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

export const SERVICE_SCREENS: Record<string, { to: '/invoices' | '/invoices/sessions' | '/invoices/files' | '/invoices/archive' | '/invoices/statistics'; key: string; icon: typeof IconList }[]> = {
  invoices: [
    { to: '/invoices', key: 'warehouse', icon: IconBuildingWarehouse },
    { to: '/invoices/sessions', key: 'days', icon: IconHistory },
    { to: '/invoices/files', key: 'files', icon: IconFileText },
    { to: '/invoices/archive', key: 'archive', icon: IconArchive },
    { to: '/invoices/statistics', key: 'statistics', icon: IconChartBar },
  ],
};

export const SETTINGS_ICON = IconAdjustments;
