// A kiosk stays signed in for the shift, so Start and Close ask who it is. The name and password are checked by a login
// of that person; the session of the kiosk becomes theirs.

import { Modal } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useMe } from '@/features/session/me';
import { LoginForm } from '@/features/session/login-form';

export function useWho(): { confirmWho: (then: () => Promise<unknown>) => Promise<void>; dialog: ReactNode } {
  const { t } = useTranslation('warehouse');
  const { user } = useMe();
  const [waiting, setWaiting] = useState<{ run: () => Promise<unknown>; done: () => void; failed: (error: unknown) => void } | null>(null);
  const confirmWho = async (then: () => Promise<unknown>): Promise<void> => {
    if (!user.kiosk) {
      await then();
      return;
    }
    await new Promise<void>((done, failed) => setWaiting({ run: then, done, failed }));
  };
  const proceed = () => {
    const now = waiting;
    setWaiting(null);
    now?.run().then(now.done, now.failed);
  };
  const dialog = (
    <Modal
      opened={waiting !== null} title={t('who.title')} closeButtonProps={{ 'aria-label': t('common:close') }} zIndex={400}
      onClose={() => {
        waiting?.done();
        setWaiting(null);
      }}
    >
      <p className="dim small">{t('who.why')}</p>
      <LoginForm onDone={proceed} />
    </Modal>
  );
  return { confirmWho, dialog };
}
