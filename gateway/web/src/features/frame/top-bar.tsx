// The bar: search, site time with the zone menu, paused refresh, light or dark, the person.

import { Menu, Tooltip, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { Link, useNavigate } from '@tanstack/react-router';
import { IconChevronDown, IconDeviceTablet, IconKey, IconLogout, IconMoon, IconPlayerPause, IconPlayerPlay, IconSearch, IconSun, IconUser } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { setRefreshPaused, useRefreshPaused } from '@/api/query';
import { Brand } from '@/components/brand';
import { useMinute, useSiteZone, useZone, useZoneChoice } from '@/components/zone';
import { logOut, useMe } from '@/features/session/me';
import { browserZone, formatInstant, type ZoneChoice } from '@/lib/time';
import { LanguageItems } from './language-menu';

export function TopBar({ onSearch }: { onSearch: () => void }) {
  const { t } = useTranslation();
  return (
    <header className="topbar">
      <Link to="/" className="link-plain hide-wide" aria-label={t('brand')}><Brand /></Link>
      <button type="button" className="search-button hide-narrow" onClick={onSearch}>
        <IconSearch size={17} aria-hidden />
        {t('frame.search')}
        <kbd className="rail-end small dim">{t('frame.search_key')}</kbd>
      </button>
      <div className="topbar-end">
        <button type="button" className="bar-button hide-wide" onClick={onSearch} aria-label={t('frame.search')}>
          <IconSearch size={19} aria-hidden />
        </button>
        <Clock />
        <RefreshSwitch />
        <SchemeSwitch />
        <PersonMenu />
      </div>
    </header>
  );
}

function Clock() {
  const { t, i18n } = useTranslation();
  const zone = useZone();
  const site = useSiteZone();
  const [choice, choose] = useZoneChoice();
  const names: Record<ZoneChoice, string> = { site, utc: 'UTC', browser: browserZone() };
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <button type="button" className="bar-button hide-narrow">
          <span className="offscreen">{t('frame.zone_menu')}</span>
          <span className="dim">{t(`frame.zone_${choice}`)}</span>
          <span className="num strong">{formatInstant(useMinute(), zone, i18n.language, 'time')}</span>
          <IconChevronDown size={14} aria-hidden />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t('frame.zone_label')}</Menu.Label>
        {(['site', 'utc', 'browser'] as const).map((item) => (
          <Menu.RadioItem key={item} value={item} checked={choice === item} onClick={() => choose(item)}>
            {t(`frame.zone_${item}`)} <span className="dim">{names[item]}</span>
          </Menu.RadioItem>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function RefreshSwitch() {
  const { t } = useTranslation();
  const paused = useRefreshPaused();
  const label = t(paused ? 'frame.resume_refresh' : 'frame.pause_refresh');
  return (
    <Tooltip label={label}>
      <button type="button" className="bar-button" aria-pressed={paused} aria-label={label} onClick={() => setRefreshPaused(!paused)}>
        {paused ? <IconPlayerPlay size={19} aria-hidden /> : <IconPlayerPause size={19} aria-hidden />}
      </button>
    </Tooltip>
  );
}

function SchemeSwitch() {
  const { t } = useTranslation();
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('light');
  const label = t(scheme === 'dark' ? 'frame.to_light' : 'frame.to_dark');
  return (
    <Tooltip label={label}>
      <button type="button" className="bar-button" aria-label={label} onClick={() => setColorScheme(scheme === 'dark' ? 'light' : 'dark')}>
        {scheme === 'dark' ? <IconSun size={19} aria-hidden /> : <IconMoon size={19} aria-hidden />}
      </button>
    </Tooltip>
  );
}

function PersonMenu() {
  const { t } = useTranslation();
  const { user } = useMe();
  const navigate = useNavigate();
  const leave = async () => {
    await logOut();
    await navigate({ to: '/login' });
  };
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <button type="button" className="bar-button" aria-label={t('frame.person', { name: user.name })}>
          <span className="avatar" aria-hidden>{initials(user.name || user.username)}</span>
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{user.name} · {user.username}</Menu.Label>
        <Menu.Item component={Link} to="/settings/account" leftSection={<IconUser size={16} aria-hidden />}>{t('frame.account')}</Menu.Item>
        <Menu.Item component={Link} to="/settings/keys" leftSection={<IconKey size={16} aria-hidden />}>{t('frame.keys')}</Menu.Item>
        <Menu.Item component={Link} to="/kiosk" leftSection={<IconDeviceTablet size={16} aria-hidden />}>{t('frame.kiosk')}</Menu.Item>
        <Menu.Divider />
        <Menu.Label>{t('language')}</Menu.Label>
        <LanguageItems />
        <Menu.Divider />
        <Menu.Item onClick={() => void leave()} leftSection={<IconLogout size={16} aria-hidden />}>{t('frame.log_out')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

const initials = (name: string): string => name.split(/[\s.]+/).map((part) => part[0] ?? '').join('').slice(0, 2).toUpperCase();
