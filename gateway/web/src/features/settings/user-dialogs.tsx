// Adding a user, changing one, setting a first password, removing one.

import { Button, Divider, PasswordInput, Switch, TextInput } from '@mantine/core';
import { Modal } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '@/api/client';
import type { Role, User } from '@/api/types';
import { Confirm } from '@/components/confirm';
import { Copy } from '@/components/copy';
import { ProblemView } from '@/components/problem';
import { Load } from '@/components/screen';
import { useFocusBack } from '@/lib/focus-back';
import { newPassword } from '@/lib/passwords';
import { RoleFields } from './role-fields';

export function CreateUser({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('settings');
  const client = useQueryClient();
  const [username, setUsername] = useState('');
  const [name, setName] = useState('');
  const [password] = useState(newPassword);
  const [roles, setRoles] = useState<Record<string, Role>>({});
  const [kiosk, setKiosk] = useState(false);
  return (
    <Confirm
      opened onClose={onClose} size="lg" title={t('users.add')} action={t('users.add')} disabled={!username.trim() || !name.trim()}
      onConfirm={async () => {
        await call('POST', '/api/users', { body: { username: username.trim(), name: name.trim(), password, roles, kiosk } });
        await client.invalidateQueries({ queryKey: ['users'] });
      }}
    >
      <TextInput label={t('users.username')} description={t('users.username_help')} size="md" value={username} onChange={(event) => setUsername(event.currentTarget.value)} autoCapitalize="none" spellCheck={false} autoComplete="off" data-autofocus />
      <TextInput label={t('users.name')} size="md" value={name} onChange={(event) => setName(event.currentTarget.value)} autoComplete="off" />
      <FirstPassword password={password} />
      <RoleFields value={roles} onChange={setRoles} />
      <Switch size="md" label={t('users.kiosk')} description={t('users.kiosk_help')} checked={kiosk} onChange={(event) => setKiosk(event.currentTarget.checked)} />
    </Confirm>
  );
}

function FirstPassword({ password }: { password: string }) {
  const { t } = useTranslation('settings');
  return (
    <div className="note">
      <div className="small">{t('users.first_password')}</div>
      <Copy text={password} label={t('users.first_password')} />
    </div>
  );
}

export function EditUser({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation('settings');
  useFocusBack();
  const query = useQuery({
    queryKey: ['users', 'one', id],
    queryFn: async ({ signal }) => {
      const { data, etag } = await call<User>('GET', `/api/users/${id}`, { signal });
      return { user: data, etag };
    },
    staleTime: 0,
    refetchOnWindowFocus: false,
  });
  return (
    <Modal opened onClose={onClose} size="lg" title={query.data?.user.name ?? t('nav.users')} closeButtonProps={{ 'aria-label': t('common:close') }}>
      <Load query={query}>{({ user, etag }) => <UserForm key={etag} user={user} etag={etag} onClose={onClose} />}</Load>
    </Modal>
  );
}

function UserForm({ user, etag, onClose }: { user: User; etag: string | null; onClose: () => void }) {
  const { t } = useTranslation('settings');
  const client = useQueryClient();
  const [name, setName] = useState(user.name);
  const [roles, setRoles] = useState(user.roles);
  const [kiosk, setKiosk] = useState(user.kiosk);
  const [disabled, setDisabled] = useState(user.disabled ?? false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [asking, setAsking] = useState<'remove' | 'password' | null>(null);
  const [password, setPassword] = useState(newPassword);
  const refresh = () => client.invalidateQueries({ queryKey: ['users'] });
  const save = async (event: React.FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await call('PATCH', `/api/users/${user.id}`, { body: { name: name.trim(), roles, kiosk, disabled }, ifMatch: etag });
      await refresh();
      onClose();
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form onSubmit={save} className="stack">
      <p className="flush small dim">{user.username}</p>
      <TextInput label={t('users.name')} size="md" value={name} onChange={(event) => setName(event.currentTarget.value)} autoComplete="off" />
      <RoleFields value={roles} onChange={setRoles} />
      <Switch size="md" label={t('users.kiosk')} description={t('users.kiosk_help')} checked={kiosk} onChange={(event) => setKiosk(event.currentTarget.checked)} />
      <Switch size="md" label={t('users.disabled')} description={t('users.disabled_help')} checked={disabled} onChange={(event) => setDisabled(event.currentTarget.checked)} />
      {error !== null && <ProblemView error={error} />}
      <div className="row row-end"><Button variant="default" size="md" onClick={onClose}>{t('common:cancel')}</Button><Button type="submit" size="md" loading={busy}>{t('common:save')}</Button></div>
      <Divider />
      <div className="row">
        <Button variant="default" size="md" onClick={() => { setPassword(newPassword()); setAsking('password'); }}>{t('users.set_password')}</Button>
        <Button variant="default" size="md" onClick={() => setAsking('remove')}>{t('users.remove')}</Button>
      </div>
      <Confirm
        opened={asking === 'password'} onClose={() => setAsking(null)} title={t('users.ask_password', { name: user.name })} action={t('users.set_password')} disabled={password.length < 15}
        onConfirm={async () => {
          await call('POST', `/api/users/${user.id}/password`, { body: { password } });
          await refresh();
        }}
      >
        <p className="flush">{t('users.password_means')}</p>
        <PasswordInput label={t('session:new_password')} size="md" value={password} onChange={(event) => setPassword(event.currentTarget.value)} autoComplete="off" visibilityToggleButtonProps={{ 'aria-label': t('session:show_password') }} />
        <Copy text={password} label={t('session:new_password')} />
      </Confirm>
      <Confirm
        opened={asking === 'remove'} onClose={() => setAsking(null)} danger title={t('users.ask_remove', { name: user.name })} action={t('users.remove')}
        onConfirm={async () => {
          await call('DELETE', `/api/users/${user.id}`);
          await refresh();
          onClose();
        }}
      >
        <p className="flush">{t('users.remove_means')}</p>
      </Confirm>
    </form>
  );
}
