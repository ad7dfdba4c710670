// The login screen. After it, one lands on the address that was asked for.

import { useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Brand } from '@/components/brand';
import { useTitle } from '@/components/screen';
import { LanguageMenu } from '@/features/frame/language-menu';
import type { Me } from '@/api/types';
import { ownAddress } from '@/lib/own-address';
import { leaveFor } from './leave-for';
import { LoginForm } from './login-form';
import { logIn } from './me';

export function Login() {
  const { t } = useTranslation('session');
  const { to } = useSearch({ from: '/login' });
  const navigate = useNavigate();
  useTitle(t('log_in'));
  const asked = ownAddress(to);
  const target = asked && !asked.startsWith('/login') ? asked : '/';
  const go = (me: Me) => {
    if (me.user.must_change_password) return navigate({ href: `/password?to=${encodeURIComponent(target)}`, replace: true });
    return leaveFor(target, navigate);
  };
  return (
    <main className="gate">
      <div className="card gate-card">
        <Brand size={34} />
        <h1>{t('title')}</h1>
        <LoginForm send={logIn} onDone={(me) => void go(me)} />
      </div>
      <LanguageMenu />
    </main>
  );
}
