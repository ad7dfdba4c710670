// Mails and other messages that left the house, or are about to; those that could not be sent, with retry.

import { Button, SegmentedControl } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { IconRefresh } from '@tabler/icons-react';
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { get, post } from '@/api/client';
import { every } from '@/api/query';
import type { Message, Page } from '@/api/types';
import { DataTable, Pager, type Column } from '@/components/data-table';
import { ProblemView } from '@/components/problem';
import { Empty, Load, Screen } from '@/components/screen';
import { StateBadge } from '@/components/state';
import { Time } from '@/components/zone';
import { servicesQuery, useMay } from '@/features/session/me';
import { ViewsMenu } from '@/features/views/views-menu';
import { queryString } from '@/lib/filters';
import { SearchField } from '@/features/runs/filter-bar';
import { MessageDrawer } from './message-drawer';
import { newestMailQuery } from './queries';
import { MailTabs } from './tabs';

export const OUTBOX_TONE = { pending: 'queued', sent: 'succeeded', dead: 'failed' } as const;

export function Mail() {
  const { t } = useTranslation('settings');
  const search = useSearch({ from: '/signed-in/frame/mail' });
  const navigate = useNavigate({ from: '/mail' });
  const services = useQuery(servicesQuery).data ?? [];
  const newest = useQuery({ ...newestMailQuery(services.map((item) => item.name)), enabled: !search.service && services.length > 1 }).data;
  const service = search.service ?? (services.length > 1 ? newest : services[0]?.name) ?? '';
  const query = useQuery({
    queryKey: ['outbox', service, search.state, search.q, search.cursor],
    queryFn: ({ signal }) => get<Page<Message>>(`/api/${service}/v1/outbox${queryString({ state: search.state, q: search.q, cursor: search.cursor, limit: 50 })}`, signal),
    enabled: service !== '',
    refetchInterval: search.cursor ? false : every(10_000),
    placeholderData: (before) => before,
  });
  const change = (next: { service?: string; state?: string; q?: string; cursor?: string; open?: string }) => void navigate({ search: (before) => ({ ...before, cursor: undefined, ...next }) });
  const choose = useCallback((view: Record<string, string>) => void navigate({ search: (before) => ({ tz: before.tz, ...view }), replace: true }), [navigate]);
  const dead = query.data?.items.filter((row) => row.state === 'dead').length ?? 0;
  const columns: Column<Message>[] = [
    { id: 'state', header: t('mail.state'), fixed: true, fit: true, cell: (row) => <StateBadge state={OUTBOX_TONE[row.state]} label={t(`mail.${row.state}`)} /> },
    {
      id: 'subject', header: t('mail.subject'), fixed: true,
      cell: (row) => (
        <>
          <button type="button" className="text-button strong" onClick={() => change({ open: row.id, cursor: search.cursor })}>{row.summary.subject || row.key}</button>
          <div className="dim small break">{row.error ?? row.summary.to}</div>
          {row.summary.refused.length > 0 && <StateBadge state="partial" plain label={t('mails:refused_count', { count: row.summary.refused.length })} />}
        </>
      ),
    },
    { id: 'kind', header: t('mails:topic'), fit: true, wide: true, cell: (row) => (row.summary.topic ? t(`mails:kind.${row.summary.topic}`, { defaultValue: row.summary.topic.replaceAll('_', ' ') }) : row.kind) },
    { id: 'attempts', header: t('mail.attempts'), fit: true, wide: true, align: 'end', cell: (row) => row.attempts },
    { id: 'at', header: t('mail.when'), fit: true, cell: (row) => <Time at={row.sent_at ?? row.next_try_at ?? row.created_at} /> },
    { id: 'retry', header: '', fit: true, fixed: true, cell: (row) => (row.state === 'dead' || row.error) && row.state !== 'sent' && <RetryButton service={service} id={row.id} /> },
  ];
  return (
    <Screen
      title={t('common:nav.mail')} tab={dead ? t('mail.tab_dead', { count: dead }) : null}
      actions={<ViewsMenu screen="/mail" search={{ ...search }} onChoose={choose} mayShare={services.some((item) => item.role !== 'viewer')} />}
    >
      <MailTabs service={service} />
      <div className="toolbar">
        <SearchField value={search.q ?? ''} onChange={(q) => change({ q: q || undefined })} label={t('mails:search')} />
        {services.length > 1 && <SegmentedControl size="md" value={service} onChange={(value) => change({ service: value })} data={services.map((item) => ({ value: item.name, label: item.title }))} />}
        <SegmentedControl
          size="md" aria-label={t('mail.state')} value={search.state ?? ''} onChange={(state) => change({ state: state || undefined })}
          data={[{ value: '', label: t('mail.all') }, ...(['pending', 'sent', 'dead'] as const).map((value) => ({ value, label: t(`mail.${value}`) }))]}
        />
      </div>
      <Load query={query}>
        {(page) => (
          <DataTable
            label={t('common:nav.mail')} rows={page.items} columns={columns} rowId={(row) => row.id} onOpen={(row) => change({ open: row.id, cursor: search.cursor })} openId={search.open ?? null}
            empty={<Empty title={t('mail.empty')}>{t('mail.empty_why')}</Empty>} footer={<Pager page={page} onCursor={(cursor) => change({ cursor })} />}
          />
        )}
      </Load>
      {search.open && <MessageDrawer service={service} id={search.open} onClose={() => change({ open: undefined, cursor: search.cursor })} />}
    </Screen>
  );
}

export function RetryButton({ service, id }: { service: string; id: string }) {
  const { t } = useTranslation('settings');
  const client = useQueryClient();
  const may = useMay()(service, 'operator');
  const retry = useMutation({
    mutationFn: () => post(`/api/${service}/v1/outbox/${id}/retry`),
    onSettled: () => Promise.all([client.invalidateQueries({ queryKey: ['outbox'] }), client.invalidateQueries({ queryKey: ['attention'] })]),
  });
  if (!may) return null;
  return (
    <>
      <Button variant="default" size="md" loading={retry.isPending} leftSection={<IconRefresh size={16} aria-hidden />} onClick={() => retry.mutate()}>{t('mail.retry')}</Button>
      {retry.isError && <ProblemView error={retry.error} />}
    </>
  );
}
