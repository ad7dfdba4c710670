// First login with a password that an administrator set: it has to become one's own before anything else.

import { useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Brand } from '@/components/brand';
import { useTitle } from '@/components/screen';
import { ownAddress } from '@/lib/own-address';
import { leaveFor } from './leave-for';
import { PasswordForm } from './password-form';

export function MustChange() {
  const { t } = useTranslation('session');
  const { to } = useSearch({ from: '/signed-in/password' });
  const navigate = useNavigate();
  useTitle(t('change_password'));
  return (
    <main className="gate">
      <div className="card gate-card">
        <Brand size={34} />
        <h1>{t('must_change_title')}</h1>
        <p className="dim">{t('must_change_why')}</p>
        <PasswordForm onDone={() => void leaveFor(ownAddress(to) ?? '/', navigate)} />
      </div>
    </main>
  );
}
