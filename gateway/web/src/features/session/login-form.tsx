// Name and password: used by the login screen, by the dialog over a screen whose session expired, and by a shared
// screen that asks who stands there.

import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemView } from '@/components/problem';

interface Props<T> {
  username?: string;
  /** What the button says, when it is not a login. */
  action?: string;
  /** A shared screen: what one person types is not offered to the next. */
  shared?: boolean;
  send: (username: string, password: string) => Promise<T>;
  onDone: (answer: T) => void;
}

export function LoginForm<T>({ username, action, shared, send, onDone }: Props<T>) {
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
      onDone(await send(name.trim(), password));
    } catch (caught) {
      setError(caught);
      setPassword('');
    } finally {
      setBusy(false);
    }
  };
  return (
    <form onSubmit={submit} className="stack" autoComplete={shared ? 'off' : undefined}>
      <TextInput
        label={t('username')} name="username" autoComplete={shared ? 'off' : 'username'} autoCapitalize="none" spellCheck={false} size="md" required withAsterisk={false}
        value={name} onChange={(event) => setName(event.currentTarget.value)} data-autofocus={username ? undefined : true} autoFocus={!username}
      />
      <PasswordInput
        label={t('password')} name="password" autoComplete={shared ? 'off' : 'current-password'} size="md" required withAsterisk={false}
        value={password} onChange={(event) => setPassword(event.currentTarget.value)} data-autofocus={username ? true : undefined} autoFocus={Boolean(username)}
        visibilityToggleButtonProps={{ 'aria-label': t('show_password') }}
      />
      {error !== null && <ProblemView error={error} />}
      <Button type="submit" size="md" loading={busy} fullWidth>
        {action ?? t('log_in')}
      </Button>
    </form>
  );
}
