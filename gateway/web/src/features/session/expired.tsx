// The session expired while a screen was open: log in over it. The calls that were refused wait and are repeated, so
// what was typed stays.

import { Modal } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { LoginForm } from './login-form';
import { logIn, useMe } from './me';

export default function ExpiredDialog({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation('session');
  const { user } = useMe();
  return (
    <Modal opened onClose={() => undefined} withCloseButton={false} closeOnEscape={false} closeOnClickOutside={false} title={t('expired_title')} zIndex={1000}>
      <p className="dim small">{t('expired_why')}</p>
      {/* Someone else starts afresh: the screen behind was not theirs. */}
      <LoginForm username={user.username} send={logIn} onDone={(me) => (me.user.id === user.id ? onDone() : window.location.assign('/'))} />
    </Modal>
  );
}
