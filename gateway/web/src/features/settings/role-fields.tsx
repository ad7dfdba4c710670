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

export function RoleWords({ roles }: { roles: Record<string, Role> }) {
  const { t } = useTranslation();
  const entries = Object.entries(roles);
  if (entries.length === 0) return <span className="dim">{t('role.none')}</span>;
  return <>{entries.map(([service, role]) => `${service}: ${t(`role.${role}`)}`).join(' · ')}</>;
}
