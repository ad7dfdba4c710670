// A role for each service and for Portico itself.

import { NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Role } from '@/api/types';
import { servicesQuery } from '@/features/session/me';

const ROLES: Role[] = ['viewer', 'operator', 'admin'];

export function RoleFields({ value, onChange }: { value: Record<string, Role>; onChange: (roles: Record<string, Role>) => void }) {
  const { t } = useTranslation('settings');
  const services = useQuery(servicesQuery).data ?? [];
  const rows = [{ name: 'portico', title: t('users.portico') }, ...services.filter((service) => service.name !== 'portico')];
  const set = (service: string, role: string) => {
    const { [service]: _gone, ...others } = value;
    onChange(role ? { ...others, [service]: role as Role } : others);
  };
  return (
    <fieldset className="plain-fieldset role-grid">
      <legend className="strong small">{t('users.roles')}</legend>
      {rows.map((row) => (
        <NativeSelect
          key={row.name} size="md" label={row.title} value={value[row.name] ?? ''} onChange={(event) => set(row.name, event.currentTarget.value)}
          data={[{ value: '', label: t('common:role.none') }, ...ROLES.map((role) => ({ value: role, label: t(`common:role.${role}`) }))]}
        />
      ))}
    </fieldset>
  );
}

/** "Portico: May administer · Invoices: May look", services by the names that people know. */
export function useRoleWords(): (roles: Record<string, Role>) => string {
  const { t } = useTranslation('settings');
  const services = useQuery(servicesQuery).data ?? [];
  const title = (name: string) => (name === 'portico' ? t('common:brand') : (services.find((service) => service.name === name)?.title ?? name));
  return (roles) => Object.entries(roles).map(([service, role]) => `${title(service)}: ${t(`common:role.${role}`)}`).join(' · ');
}

export function RoleWords({ roles }: { roles: Record<string, Role> }) {
  const { t } = useTranslation();
  const words = useRoleWords();
  return Object.keys(roles).length === 0 ? <span className="dim">{t('role.none')}</span> : <>{words(roles)}</>;
}
