// Users: who may do what. For administrators of Portico.

import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { get } from '@/api/client';
import type { Page, User } from '@/api/types';
import { DataTable, type Column } from '@/components/data-table';
import { Empty, Load, useTitle } from '@/components/screen';
import { Time } from '@/components/zone';
import { RoleWords } from './role-fields';
import { CreateUser, EditUser } from './user-dialogs';

export const usersQuery = { queryKey: ['users'], queryFn: async ({ signal }: { signal: AbortSignal }) => (await get<Page<User>>('/api/users?limit=1000', signal)).items };

export function Users() {
  const { t } = useTranslation('settings');
  useTitle(t('nav.users'));
  const query = useQuery(usersQuery);
  const [creating, setCreating] = useState(false);
  const [editing, setEditing] = useState<string | null>(null);
  const columns: Column<User>[] = [
    {
      id: 'name', header: t('users.name'), fixed: true,
      cell: (user) => (
        <>
          <button type="button" className="text-button strong" onClick={() => setEditing(user.id)}>{user.name}</button>
          <div className="small dim">{user.username}{user.kiosk && ` · ${t('users.kiosk')}`}{user.must_change_password && ` · ${t('users.must_change')}`}</div>
        </>
      ),
    },
    { id: 'roles', header: t('users.roles'), cell: (user) => <RoleWords roles={user.roles} /> },
    { id: 'state', header: t('users.state'), fit: true, wide: true, cell: (user) => <span className={`state tone-${user.disabled ? 'cancelled' : 'succeeded'}`}>{t(user.disabled ? 'users.disabled' : 'users.active')}</span> },
    { id: 'last', header: t('users.last_login'), fit: true, wide: true, cell: (user) => <Time at={user.last_login_at} relative /> },
  ];
  return (
    <div className="stack">
      <div><Button size="md" leftSection={<IconPlus size={17} aria-hidden />} onClick={() => setCreating(true)}>{t('users.add')}</Button></div>
      <Load query={query}>
        {(users) => <DataTable label={t('nav.users')} rows={users} columns={columns} rowId={(user) => user.id} onOpen={(user) => setEditing(user.id)} empty={<Empty title={t('users.empty')} />} />}
      </Load>
      {creating && <CreateUser onClose={() => setCreating(false)} />}
      {editing && <EditUser id={editing} onClose={() => setEditing(null)} />}
    </div>
  );
}
