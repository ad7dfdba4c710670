// The rail: screens, the services one may see with their health, and the rest.

import { Link, useRouterState } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { IconServer2 } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Brand } from '@/components/brand';
import { HealthDot } from '@/components/health-dot';
import { servicesQuery } from '@/features/session/me';
import { isWithin, LAST, MAIN, SERVICE_SCREENS } from './nav';
import { attentionQuery, healthQuery } from './queries';

/** The mark of the present screen, for one that the address alone does not tell. */
const WITHIN = { 'data-status': 'active', 'aria-current': 'true' } as const;

export function Rail() {
  const { t } = useTranslation();
  const attention = useQuery(attentionQuery).data?.items.length ?? 0;
  return (
    <nav className="rail" aria-label={t('frame.rail')}>
      <Link to="/" className="brand"><Brand /></Link>
      {MAIN.map(({ to, key, icon: Icon }) => (
        <Link key={to} to={to} className="rail-link" activeOptions={{ exact: to === '/', includeSearch: false }}>
          <Icon size={19} stroke={1.7} aria-hidden />
          {t(`nav.${key}`)}
          {key === 'overview' && attention > 0 && <span className="rail-end"><CountBadge count={attention} /></span>}
        </Link>
      ))}
      <hr className="rail-rule" />
      <ServiceLinks />
      <hr className="rail-rule" />
      {LAST.map(({ to, key, icon: Icon }) => (
        <Link key={to} to={to} className="rail-link" activeOptions={{ includeSearch: false }}>
          <Icon size={19} stroke={1.7} aria-hidden />
          {t(`nav.${key}`)}
        </Link>
      ))}
    </nav>
  );
}

export function CountBadge({ count }: { count: number }) {
  const { t, i18n } = useTranslation();
  const number = new Intl.NumberFormat(i18n.language);
  return (
    <span className="count-badge">
      <span aria-hidden>{count > 99 ? `${number.format(99)}+` : number.format(count)}</span>
      <span className="offscreen">{t('nav.needs_you', { count })}</span>
    </span>
  );
}

function ServiceLinks() {
  const { t } = useTranslation();
  const services = useQuery(servicesQuery).data ?? [];
  const health = useQuery(healthQuery).data?.services ?? [];
  const path = useRouterState({ select: (state) => state.location.pathname });
  return (
    <>
      {services.map((service) => {
        const screens = SERVICE_SCREENS[service.name];
        const dot = <span className="rail-end"><HealthDot health={health.find((item) => item.name === service.name)} /></span>;
        if (!screens?.[0]) {
          return (
            <Link key={service.name} to="/runs" search={{ service: service.name }} className="rail-link" activeOptions={{ exact: true, includeSearch: true }}>
              <IconServer2 size={19} stroke={1.7} aria-hidden />
              {service.title}
              {dot}
            </Link>
          );
        }
        const [home, ...others] = screens;
        return (
          <div key={service.name}>
            <Link to={home.to} className="rail-link" activeOptions={{ exact: true, includeSearch: false }}>
              <home.icon size={19} stroke={1.7} aria-hidden />
              {service.title}
              {dot}
            </Link>
            {path.startsWith(home.to) &&
              others.map((screen) => (
                <Link key={screen.to} to={screen.to} className="rail-link rail-sub" activeOptions={{ includeSearch: false }} {...(isWithin(path, screen) && WITHIN)}>
                  {t(`nav.${screen.key}`)}
                </Link>
              ))}
          </div>
        );
      })}
    </>
  );
}
