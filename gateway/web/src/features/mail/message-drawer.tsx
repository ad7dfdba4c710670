// One message: how often it was tried, what went wrong, what it says.

import { Button, Drawer } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { get, post } from '@/api/client';
import type { MessageDetail } from '@/api/types';
import { CopyId } from '@/components/copy';
import { JsonView } from '@/components/json-view';
import { ProblemView } from '@/components/problem';
import { Load } from '@/components/screen';
import { StateBadge } from '@/components/state';
import { Time } from '@/components/zone';
import { useMay } from '@/features/session/me';
import { OUTBOX_TONE, RetryButton } from './mail';
import { MAILING } from './queries';

export function MessageDrawer({ service, id, onClose }: { service: string; id: string; onClose: () => void }) {
  const { t } = useTranslation('settings');
  const query = useQuery({ queryKey: ['outbox', 'one', service, id], queryFn: ({ signal }) => get<MessageDetail>(`/api/${service}/v1/outbox/${id}`, signal) });
  return (
    <Drawer opened onClose={onClose} position="right" size="lg" padding="lg" title={t('mail.message')} closeButtonProps={{ 'aria-label': t('common:close') }}>
      <Load query={query}>{(row) => <Message service={service} row={row} />}</Load>
    </Drawer>
  );
}

function Message({ service, row }: { service: string; row: MessageDetail }) {
  const { t } = useTranslation('settings');
  const body = typeof row.payload.text === 'string' ? row.payload.text : null;
  const admin = useMay()(service, 'admin');
  const { topic, to } = row.summary;
  const recipients = to || t(row.state === 'sent' ? 'mails:nobody' : 'mails:not_yet');
  const facts: [string, React.ReactNode][] = [
    [t('mail.to'), recipients], [t('mails:topic'), topic ? t(`mails:kind.${topic}`, { defaultValue: topic.replaceAll('_', ' ') }) : row.kind], [t('mail.key'), row.key], [t('mail.attempts'), row.attempts],
    [t('mail.created'), <Time key="c" at={row.created_at} style="full" />], [t('mail.sent_at'), <Time key="s" at={row.sent_at} style="full" />],
    [t('mail.next_try'), <Time key="n" at={row.state === 'pending' ? row.next_try_at : null} style="full" />], [t('mail.id'), <CopyId key="i" id={row.id} />],
  ];
  return (
    <div className="stack">
      <div className="spread"><h2 className="section-title flush">{row.summary.subject || row.key}</h2><StateBadge state={OUTBOX_TONE[row.state]} label={t(`mail.${row.state}`)} /></div>
      {row.error && <div className="note note-tone tone-failed stack-s break"><span>{row.error}</span>{row.state === 'dead' && <span>{t('mails:dead_means')}</span>}</div>}
      <Refused row={row} service={service} admin={admin} />
      {row.state !== 'sent' && (row.state === 'dead' || row.error) && <div><RetryButton service={service} id={row.id} /></div>}
      <dl className="facts">{facts.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>
      {body && <pre className="json">{body}</pre>}
      {admin && MAILING.includes(service) && topic && <p className="flush"><Link to="/mail/templates" search={{ service, kind: topic }}>{t('mails:look')}</Link></p>}
      <details><summary>{t('mails:data')}</summary><JsonView value={row.payload} label={t('mail.payload')} /></details>
    </div>
  );
}

/** Whom the mail server did not take, with its words: the mail counts as sent, so nothing else would tell. */
function Refused({ row, service, admin }: { row: MessageDetail; service: string; admin: boolean }) {
  const { t } = useTranslation('mails');
  const refused = Object.entries((row.payload.refused as Record<string, string> | undefined) ?? {});
  if (refused.length === 0) return null;
  return (
    <div className="note note-tone tone-partial stack-s" role="status">
      <strong>{t('refused_title')}</strong>
      <ul className="plain">{refused.map(([address, answer]) => <li key={address} className="break"><span className="mono">{address}</span>: {answer}</li>)}</ul>
      <span>{t('refused_means')}</span>
      {MAILING.includes(service) && !row.payload.refusal_settled && <Settle service={service} id={row.id} />}
      {admin && <Link to="/settings/options/$service" params={{ service }}>{t('refused_act')}</Link>}
    </div>
  );
}

/** The two ways to settle it: send it to those who lack it (corrected addresses included), or leave it at that. */
function Settle({ service, id }: { service: string; id: string }) {
  const { t } = useTranslation('overview');
  const client = useQueryClient();
  const may = useMay()(service, 'operator');
  const settle = useMutation({
    mutationFn: (how: 'resend' | 'dismiss') => post(`/api/${service}/v1/mails/${id}/${how}`),
    onSettled: () => Promise.all([client.invalidateQueries({ queryKey: ['outbox'] }), client.invalidateQueries({ queryKey: ['attention'] })]),
  });
  if (!may) return null;
  return (
    <div className="stack-s">
      <div className="row">
        <Button size="md" variant="default" loading={settle.isPending} onClick={() => settle.mutate('resend')}>{t('action.mail.resend')}</Button>
        <Button size="md" variant="subtle" disabled={settle.isPending} onClick={() => settle.mutate('dismiss')}>{t('action.mail.dismiss')}</Button>
      </div>
      {settle.isError && <ProblemView error={settle.error} />}
    </div>
  );
}
