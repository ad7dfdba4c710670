// A kiosk stays signed in for the shift as itself, so it asks who stands there. Name and password become a proof for the
// one request that follows; the kiosk's own session is untouched.

import { Modal } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '@/api/client';
import { LoginForm } from '@/features/session/login-form';
import { useMe } from '@/features/session/me';

interface Proof {
  proof: string;
}

interface Intention {
  /** Where the request will go: the proof is good for nothing else. */
  path: string;
  /** What the button says. */
  action: string;
  run: (actAs?: string) => Promise<unknown>;
}

type Asking = Intention & { done: () => void; failed: (error: unknown) => void };

export function useWho(): { asPerson: (intention: Intention) => Promise<void>; dialog: ReactNode } {
  const { t } = useTranslation('warehouse');
  const { user } = useMe();
  const [asking, setAsking] = useState<Asking | null>(null);
  const asPerson = async (intention: Intention): Promise<void> => {
    if (!user.kiosk) {
      await intention.run();
      return;
    }
    await new Promise<void>((done, failed) => setAsking({ ...intention, done, failed }));
  };
  const proceed = ({ proof }: Proof) => {
    const now = asking;
    setAsking(null);
    now?.run(proof).then(now.done, now.failed);
  };
  const prove = async (username: string, password: string) =>
    (await call<Proof>('POST', '/api/auth/act-as', { body: { username, password, method: 'POST', path: asking?.path } })).data;
  const dialog = (
    <Modal
      opened={asking !== null} title={t('who.title')} closeButtonProps={{ 'aria-label': t('common:close') }} zIndex={400}
      onClose={() => {
        asking?.done();
        setAsking(null);
      }}
    >
      <p className="dim small">{t('who.why')}</p>
      <LoginForm shared action={asking?.action} send={prove} onDone={proceed} />
    </Modal>
  );
  return { asPerson, dialog };
}
