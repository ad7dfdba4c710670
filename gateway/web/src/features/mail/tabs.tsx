// What was sent, and how mails look: the two halves of the mail screen. Templates are for administrators.

import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useMay } from '@/features/session/me';

export function MailTabs() {
  const { t } = useTranslation('mails');
  if (!useMay()('invoices', 'admin')) return null;
  return (
    <nav className="subnav" aria-label={t('common:nav.mail')}>
      <Link to="/mail" activeOptions={{ exact: true, includeSearch: false }}>{t('tab.sent')}</Link>
      <Link to="/mail/templates" activeOptions={{ exact: true, includeSearch: false }}>{t('tab.templates')}</Link>
    </nav>
  );
}
