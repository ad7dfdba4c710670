// Settings: one's own account, and what administrators look after.

import { useQuery } from '@tanstack/react-query';
import { Link, Outlet } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Screen } from '@/components/screen';
import { servicesQuery, useMay } from '@/features/session/me';

export function SettingsLayout() {
  const { t } = useTranslation('settings');
  const may = useMay();
  const services = useQuery(servicesQuery).data ?? [];
  return (
    <Screen title={t('common:nav.settings')}>
      <nav className="subnav" aria-label={t('common:nav.settings')}>
        <Link to="/settings/account">{t('nav.account')}</Link>
        {may('portico', 'admin') && <Link to="/settings/users">{t('nav.users')}</Link>}
        {may('portico', 'admin') && <Link to="/settings/keys">{t('nav.keys')}</Link>}
        <Link to="/settings/pause">{t('nav.pause')}</Link>
        {services.filter((service) => may(service.name, 'admin')).map((service) => (
          <Link key={service.name} to="/settings/options/$service" params={{ service: service.name }}>{t('nav.options', { service: service.title })}</Link>
        ))}
        <a href="/api/docs" target="_blank" rel="noreferrer">{t('nav.docs')}</a>
      </nav>
      <Outlet />
    </Screen>
  );
}
