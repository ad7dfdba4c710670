// What was sent, and how mails look: the two halves of the mail screen. Templates are for administrators.

import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useMay } from '@/features/session/me';
import { MAILING } from './queries';

/** The services whose texts this person may look at. */
export function useMailing(): string[] {
  const may = useMay();
  return MAILING.filter((service) => may(service, 'admin'));
}

export function MailTabs({ service }: { service: string }) {
  const { t } = useTranslation('mails');
  const mailing = useMailing();
  if (mailing.length === 0) return null;
  return (
    <nav className="subnav" aria-label={t('common:nav.mail')}>
      <Link to="/mail" search={{ service: service || undefined }} activeOptions={{ exact: true, includeSearch: false }}>{t('tab.sent')}</Link>
      <Link to="/mail/templates" search={{ service: mailing.includes(service) ? service : mailing[0] }} activeOptions={{ exact: true, includeSearch: false }}>{t('tab.templates')}</Link>
    </nav>
  );
}
