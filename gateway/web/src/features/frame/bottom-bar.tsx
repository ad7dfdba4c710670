// On a phone the rail is a bar at the bottom: the screens used most, and a menu for the rest.

import { Menu } from '@mantine/core';
import { Link, useRouterState } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { IconDots } from '@tabler/icons-react';
import { Fragment } from 'react';
import { useTranslation } from 'react-i18next';
import { servicesQuery } from '@/features/session/me';
import { LAST, MAIN, SERVICE_SCREENS } from './nav';
import { attentionQuery } from './queries';
import { CountBadge } from './rail';

export function BottomBar() {
  const { t } = useTranslation();
  const attention = useQuery(attentionQuery).data?.items.length ?? 0;
  const services = useQuery(servicesQuery).data ?? [];
  const path = useRouterState({ select: (state) => state.location.pathname });
  const own = services.flatMap(({ name, title }) => {
    const [home, ...others] = SERVICE_SCREENS[name] ?? [];
    return home ? [{ title, home, others }] : [];
  });
  // Two fit beside the menu: the one that is looked at, then the first of the others.
  const first = own.filter(({ home }) => path.startsWith(home.to));
  const inBar = [...first, ...own.filter((service) => !first.includes(service))].slice(0, 2).sort((one, other) => own.indexOf(one) - own.indexOf(other));
  return (
    <nav className="bottombar" aria-label={t('frame.rail')}>
      {MAIN.slice(0, 2).map(({ to, key, icon: Icon }) => (
        <Link key={to} to={to} activeOptions={{ exact: to === '/', includeSearch: false }}>
          <Icon size={21} stroke={1.7} aria-hidden />
          {t(`nav.${key}`)}
          {key === 'overview' && attention > 0 && <CountBadge count={attention} />}
        </Link>
      ))}
      {inBar.map(({ title, home }) => (
        <Link key={home.to} to={home.to} activeOptions={{ exact: true, includeSearch: false }}>
          <home.icon size={21} stroke={1.7} aria-hidden />
          {title}
        </Link>
      ))}
      <Menu position="top-end">
        <Menu.Target>
          <button type="button">
            <IconDots size={21} stroke={1.7} aria-hidden />
            {t('nav.more')}
          </button>
        </Menu.Target>
        <Menu.Dropdown className="bottombar-menu">
          {own.map((service) => (
            <Fragment key={service.home.to}>
              <Menu.Label>{service.title}</Menu.Label>
              {[...(inBar.includes(service) ? [] : [service.home]), ...service.others].map(({ to, key, icon: Icon }) => (
                <Menu.Item key={to} component={Link} to={to} leftSection={<Icon size={17} aria-hidden />}>{t(`nav.${key}`)}</Menu.Item>
              ))}
            </Fragment>
          ))}
          {own.length > 0 && <Menu.Divider />}
          {[...MAIN.slice(2), ...LAST].map(({ to, key, icon: Icon }) => (
            <Menu.Item key={to} component={Link} to={to} leftSection={<Icon size={17} aria-hidden />}>{t(`nav.${key}`)}</Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </nav>
  );
}
