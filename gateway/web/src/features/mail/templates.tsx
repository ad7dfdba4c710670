// Every mail that a service writes, as it would look now, in each of its languages; whose words they are, and what is wrong with own ones.

import { SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { MailTemplate } from '@/api/types';
import { Copy } from '@/components/copy';
import { Load, Screen } from '@/components/screen';
import { StateBadge } from '@/components/state';
import { servicesQuery } from '@/features/session/me';
import { framePath, previewQuery, templatesQuery, type MailKind, type MailLocale } from './queries';
import { MailTabs, useMailing } from './tabs';
import './templates.css';

/** Texts of a kind. The bridge has its words in a file of their own, once for all kinds. */
const PARTS = ['subject', 'txt', 'html'] as const;
const WORDS: Record<string, readonly 'words'[]> = { asanito: ['words'] };

interface Change {
  service?: string;
  kind?: string;
  locale?: string;
  view?: string;
}

export function MailTemplates() {
  const { t, i18n } = useTranslation('mails');
  const search = useSearch({ from: '/signed-in/frame/mail/templates' });
  const navigate = useNavigate({ from: '/mail/templates' });
  const mailing = useMailing();
  const services = (useQuery(servicesQuery).data ?? []).filter((item) => mailing.includes(item.name));
  const service = mailing.find((name) => name === search.service) ?? mailing[0] ?? '';
  const query = useQuery(templatesQuery(service));
  const change = (next: Change) => void navigate({ search: (before) => ({ ...before, ...next }), replace: true });
  return (
    <Screen title={t('common:nav.mail')}>
      <MailTabs service={service} />
      {services.length > 1 && (
        <div className="toolbar">
          <SegmentedControl size="md" aria-label={t('whose')} value={service} onChange={(value) => change({ service: value, kind: undefined })} data={services.map((item) => ({ value: item.name, label: item.title }))} />
        </div>
      )}
      <Load query={query} rows={8}>
        {(templates) => {
          const locales = [...new Set(templates.map((item) => item.locale))];
          const locale = locales.find((item) => item === search.locale) ?? locales.find((item) => item === i18n.language) ?? 'en';
          const kinds = templates.filter((item) => item.locale === locale);
          const chosen = kinds.find((item) => item.kind === search.kind) ?? kinds[0];
          return (
            <div className="templates">
              <nav aria-label={t('kinds')}>
                <ul className="plain card template-list">
                  {kinds.map((item) => (
                    <li key={item.kind}>
                      <button type="button" className="template-item" aria-current={item.kind === chosen?.kind || undefined} onClick={() => change({ kind: item.kind })}>
                        <span className="stack-tight"><span className="strong">{t(`kind.${item.kind}`)}</span><span className="dim small">{t(`when.${item.kind}`)}</span></span>
                        <TemplateState template={item} />
                      </button>
                    </li>
                  ))}
                </ul>
              </nav>
              {chosen && <Shown service={service} template={chosen} locales={locales} view={search.view === 'text' ? 'text' : 'html'} change={change} />}
            </div>
          );
        }}
      </Load>
    </Screen>
  );
}

function TemplateState({ template }: { template: MailTemplate }) {
  const { t } = useTranslation('mails');
  if (template.error) return <StateBadge state="failed" label={t('broken')} />;
  return template.source === 'own' ? <StateBadge state="succeeded" label={t('own')} /> : null;
}

interface ShownProps {
  service: string;
  template: MailTemplate;
  locales: MailLocale[];
  view: 'html' | 'text';
  change: (next: Change) => void;
}

function Shown({ service, template, locales, view, change }: ShownProps) {
  const { t } = useTranslation('mails');
  const { kind, locale } = template;
  const query = useQuery(previewQuery(service, kind, locale));
  return (
    <section className="stack" aria-label={t(`kind.${kind}`)}>
      <div className="toolbar toolbar-flush">
        <SegmentedControl size="md" aria-label={t('common:language')} value={locale} onChange={(next) => change({ locale: next })} data={locales.map((value) => ({ value, label: t(`locale.${value}`) }))} />
        <SegmentedControl size="md" aria-label={t('view')} value={view} onChange={(next) => change({ view: next === 'html' ? undefined : next })} data={[{ value: 'html', label: t('html') }, { value: 'text', label: t('text') }]} />
      </div>
      {template.error && (
        <div className="note note-tone tone-failed stack-s" role="status">
          <strong>{t('broken_what')}</strong>
          <span>{t('broken_means')}</span>
          <code className="break small">{template.error}</code>
        </div>
      )}
      <Load query={query} rows={6}>
        {(mail) => (
          <div className="card">
            <div className="template-subject"><span className="dim small">{t('subject')}</span><span className="strong break" data-subject lang={locale} dir="auto">{mail.subject}</span></div>
            {view === 'html' ? (
              <iframe key={`${service}${kind}${locale}`} className="mail-frame" sandbox="" src={framePath(service, kind, locale)} title={t('shown', { kind: t(`kind.${kind}`) })} />
            ) : (
              <pre className="json mail-text" tabIndex={0} lang={locale} dir={locale === 'fa' ? 'rtl' : 'ltr'}>{mail.text}</pre>
            )}
          </div>
        )}
      </Load>
      <p className="flush dim small">{t('made_up')}</p>
      <HowToChange service={service} kind={kind} locale={locale} own={template.own_parts} />
    </section>
  );
}

function HowToChange({ service, kind, locale, own }: { service: string; kind: MailKind; locale: MailLocale; own: string[] }) {
  const { t } = useTranslation('mails');
  return (
    <details className="card card-pad">
      <summary className="strong">{t('change.title')}</summary>
      <p>{t('change.where', { setting: `${service.toUpperCase()}_MAIL_TEMPLATES` })}</p>
      <ul className="plain stack-s">
        {[...PARTS, ...(WORDS[service] ?? [])].map((part) => (
          <li key={part} className="row">
            <Copy text={part === 'words' ? `${locale}/words.j2` : `${locale}/${kind}.${part}.j2`} />
            <span className="dim small">{t(`change.part_${part}`)}</span>
            {own.includes(part) && <StateBadge state="succeeded" label={t('own')} plain />}
          </li>
        ))}
      </ul>
      <p>{t('change.start', { folder: `services/${service}/mails/templates` })}</p>
      <p className="flush">{t('change.safe')}</p>
    </details>
  );
}
