// The login fields: used by the login screen and by the dialog over a screen whose session expired.

import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Me } from '@/api/types';
import { ProblemView } from '@/components/problem';
import { logIn } from './me';

interface Props {
  username?: string;
  onDone: (me: Me) => void;
}

export function LoginForm({ username, onDone }: Props) {
  const { t } = useTranslation('session');
  const [name, setName] = useState(username ?? '');
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const submit = async (event: React.FormEvent) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setError(null);
    try {
      onDone(await logIn(name.trim(), password));
    } catch (caught) {
      setError(caught);
      setPassword('');
    } finally {
      setBusy(false);
    }
  };
  return (
    <form onSubmit={submit} className="stack">
      <TextInput
        label={t('username')} name="username" autoComplete="username" autoCapitalize="none" spellCheck={false} size="md" required withAsterisk={false}
        value={name} onChange={(event) => setName(event.currentTarget.value)} data-autofocus={username ? undefined : true}
      />
      <PasswordInput
        label={t('password')} name="password" autoComplete="current-password" size="md" required withAsterisk={false}
        value={password} onChange={(event) => setPassword(event.currentTarget.value)} data-autofocus={username ? true : undefined}
        visibilityToggleButtonProps={{ 'aria-label': t('show_password') }}
      />
      {error !== null && <ProblemView error={error} />}
      <Button type="submit" size="md" loading={busy} fullWidth>
        {t('log_in')}
      </Button>
    </form>
  );
}
