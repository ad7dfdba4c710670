// The login screen. After it, one lands on the address that was asked for.

import { useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Brand } from '@/components/brand';
import { useTitle } from '@/components/screen';
import { LanguageMenu } from '@/features/frame/language-menu';
import { LoginForm } from './login-form';
import { logIn } from './me';

export function Login() {
  const { t } = useTranslation('session');
  const { to } = useSearch({ from: '/login' });
  const navigate = useNavigate();
  useTitle(t('log_in'));
  // Only an address of this console: `//elsewhere` would leave it.
  const target = to && /^\/(?!\/)/.test(to) && !to.startsWith('/login') ? to : '/';
  return (
    <main className="gate">
      <div className="card gate-card">
        <Brand size={34} />
        <h1>{t('title')}</h1>
        <LoginForm
          send={logIn}
          onDone={(me) => void navigate({ href: me.user.must_change_password ? `/password?to=${encodeURIComponent(target)}` : target, replace: true })}
        />
      </div>
      <LanguageMenu />
    </main>
  );
}
