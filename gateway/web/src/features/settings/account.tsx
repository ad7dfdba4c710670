// One's own account: name, password, where one is signed in.

import { Button, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { toast } from '@/components/toast';
import { call, get } from '@/api/client';
import type { LoginSession, Page } from '@/api/types';
import { Confirm } from '@/components/confirm';
import { ProblemView } from '@/components/problem';
import { Load } from '@/components/screen';
import { Time } from '@/components/zone';
import { PasswordForm } from '@/features/session/password-form';
import { refreshMe, useMe } from '@/features/session/me';
import { agentWords } from './agent-words';
import { useRoleWords } from './role-fields';

export function Account() {
  const { t } = useTranslation('settings');
  const { user } = useMe();
  const words = useRoleWords();
  return (
    <div className="stack-l">
      <section>
        <h2 className="section-title">{t('account.title')}</h2>
        <ProfileForm />
        <p className="small dim">{t('account.roles', { roles: words(user.roles) })}</p>
      </section>
      <section>
        <h2 className="section-title">{t('account.password')}</h2>
        <PasswordForm onDone={() => toast({ message: t('account.password_changed') })} />
      </section>
      <section>
        <h2 className="section-title">{t('account.sessions')}</h2>
        <Sessions />
      </section>
    </div>
  );
}

function ProfileForm() {
  const { t } = useTranslation('settings');
  const { user } = useMe();
  const [name, setName] = useState(user.name);
  const save = useMutation({
    mutationFn: () => call('PATCH', '/api/auth/me', { body: { name: name.trim() } }),
    onSuccess: async () => {
      await refreshMe();
      toast({ message: t('saved') });
    },
  });
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <TextInput label={t('account.name')} size="md" autoComplete="name" value={name} onChange={(event) => setName(event.currentTarget.value)} />
      {save.isError && <ProblemView error={save.error} />}
      <div><Button type="submit" size="md" variant="default" loading={save.isPending} disabled={!name.trim() || name.trim() === user.name}>{t('common:save')}</Button></div>
    </form>
  );
}

function Sessions() {
  const { t } = useTranslation('settings');
  const client = useQueryClient();
  const query = useQuery({ queryKey: ['sessions'], queryFn: async ({ signal }) => (await get<Page<LoginSession>>('/api/auth/sessions', signal)).items });
  const [ending, setEnding] = useState<LoginSession | null>(null);
  return (
    <Load query={query} rows={2}>
      {(sessions) => (
        <ul className="plain card attention">
          {sessions.map((session) => (
            <li key={session.id} className="spread list-row">
              <div>
                <div className="strong">{agentWords(session.user_agent) || t('account.unknown_browser')} {session.current && <span className="state tone-succeeded">{t('account.this_session')}</span>}</div>
                <div className="small dim"><span className="mono">{session.ip}</span> · {t('account.since')} <Time at={session.created_at} /> · {t('account.last_seen')} <Time at={session.last_seen_at} relative /></div>
              </div>
              {!session.current && <Button variant="default" size="md" onClick={() => setEnding(session)}>{t('account.end')}</Button>}
            </li>
          ))}
          <Confirm
            opened={ending !== null} onClose={() => setEnding(null)} title={t('account.ask_end')} action={t('account.end')} danger
            onConfirm={async () => {
              await call('DELETE', `/api/auth/sessions/${ending?.id}`);
              await client.invalidateQueries({ queryKey: ['sessions'] });
            }}
          >
            <p className="flush">{agentWords(ending?.user_agent)} · {ending?.ip}</p>
          </Confirm>
        </ul>
      )}
    </Load>
  );
}
