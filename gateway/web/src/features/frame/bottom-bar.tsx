// On a phone the rail is a bar at the bottom: the screens used most, and a menu for the rest.

import { Menu } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { IconDots } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { servicesQuery } from '@/features/session/me';
import { LAST, MAIN, SERVICE_SCREENS } from './nav';
import { attentionQuery } from './queries';
import { CountBadge } from './rail';

export function BottomBar() {
  const { t } = useTranslation();
  const attention = useQuery(attentionQuery).data?.items.length ?? 0;
  const services = useQuery(servicesQuery).data ?? [];
  const homes = services.flatMap((service) => (SERVICE_SCREENS[service.name] ?? []).map((screen) => ({ ...screen, title: service.title })));
  const first = homes[0];
  return (
    <nav className="bottombar" aria-label={t('frame.rail')}>
      {MAIN.slice(0, 2).map(({ to, key, icon: Icon }) => (
        <Link key={to} to={to} activeOptions={{ exact: to === '/', includeSearch: false }}>
          <Icon size={21} stroke={1.7} aria-hidden />
          {t(`nav.${key}`)}
          {key === 'overview' && attention > 0 && <CountBadge count={attention} />}
        </Link>
      ))}
      {first && (
        <Link to={first.to} activeOptions={{ exact: true, includeSearch: false }}>
          <first.icon size={21} stroke={1.7} aria-hidden />
          {first.title}
        </Link>
      )}
      <Menu position="top-end">
        <Menu.Target>
          <button type="button">
            <IconDots size={21} stroke={1.7} aria-hidden />
            {t('nav.more')}
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          {homes.slice(1).map(({ to, key, icon: Icon }) => (
            <Menu.Item key={to} component={Link} to={to} leftSection={<Icon size={17} aria-hidden />}>{t(`nav.${key}`)}</Menu.Item>
          ))}
          {[...MAIN.slice(2), ...LAST].map(({ to, key, icon: Icon }) => (
            <Menu.Item key={to} component={Link} to={to} leftSection={<Icon size={17} aria-hidden />}>{t(`nav.${key}`)}</Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </nav>
  );
}
