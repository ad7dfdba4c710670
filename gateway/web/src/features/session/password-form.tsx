// One's own password: the current one, the new one. It may be pasted; nothing is typed twice.

import { Button, PasswordInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemView } from '@/components/problem';
import { changePassword, useMe } from './me';

const SHORTEST = 15;

export function PasswordForm({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation('session');
  const { user } = useMe();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const tooShort = next.length > 0 && next.length < SHORTEST;
  const submit = async (event: React.FormEvent) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setError(null);
    try {
      await changePassword(current, next);
      setCurrent('');
      setNext('');
      onDone();
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  };
  const show = { 'aria-label': t('show_password') };
  return (
    <form onSubmit={submit} className="form">
      <input type="text" name="username" autoComplete="username" value={user.username} readOnly hidden />
      <PasswordInput
        label={t('current_password')} autoComplete="current-password" size="md" required withAsterisk={false} visibilityToggleButtonProps={show}
        value={current} onChange={(event) => setCurrent(event.currentTarget.value)}
      />
      <PasswordInput
        label={t('new_password')} description={t('password_rule', { count: SHORTEST })} autoComplete="new-password" size="md" required withAsterisk={false}
        error={tooShort ? t('too_short', { count: SHORTEST - next.length }) : undefined} visibilityToggleButtonProps={show}
        value={next} onChange={(event) => setNext(event.currentTarget.value)}
      />
      {error !== null && <ProblemView error={error} />}
      <div>
        <Button type="submit" size="md" loading={busy} disabled={!current || next.length < SHORTEST}>
          {t('change_password')}
        </Button>
      </div>
    </form>
  );
}
