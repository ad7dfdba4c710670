// Who changed what, in every service and in Portico itself. For administrators.

import { Button, Drawer, Menu } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { IconFilter } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { get } from '@/api/client';
import { every } from '@/api/query';
import type { AuditEntry, Page } from '@/api/types';
import { Copy } from '@/components/copy';
import { DataTable, Pager, type Column } from '@/components/data-table';
import { JsonView } from '@/components/json-view';
import { Absent, Empty, Load, Screen } from '@/components/screen';
import { Time } from '@/components/zone';
import { SearchField } from '@/features/runs/filter-bar';
import { servicesQuery } from '@/features/session/me';
import { queryString } from '@/lib/filters';

interface Filters {
  service?: string;
  q?: string;
  cursor?: string;
}

export function Audit() {
  const { t } = useTranslation('settings');
  const search = useSearch({ from: '/signed-in/frame/audit' });
  const navigate = useNavigate({ from: '/audit' });
  const services = ['portico', ...(useQuery(servicesQuery).data ?? []).map((service) => service.name).filter((name) => name !== 'portico')];
  const query = useQuery({
    queryKey: ['audit', search.service, search.q, search.cursor],
    queryFn: ({ signal }) => get<Page<AuditEntry>>(`/api/audit${queryString({ service: search.service, q: search.q, cursor: search.cursor, limit: 50 })}`, signal),
    refetchInterval: search.cursor ? false : every(15_000),
    placeholderData: (before) => before,
  });
  const change = (next: Filters & { open?: string }) => void navigate({ search: (before) => ({ ...before, cursor: undefined, ...next }), replace: true });
  const opened = query.data?.items.find((entry) => entry.id === search.open);
  // A login and the opening of the day bear one name: where it happened tells which is meant.
  const did = ({ service, action }: AuditEntry): string => {
    const name = action.replaceAll('.', '_');
    return t([`audit.did.${service}_${name}`, `audit.did.${name}`], { defaultValue: action.replaceAll(/[._]/g, ' ') });
  };
  const columns: Column<AuditEntry>[] = [
    { id: 'at', header: t('audit.at'), fixed: true, fit: true, cell: (entry) => <Time at={entry.at} style="full" /> },
    { id: 'actor', header: t('audit.actor'), fixed: true, fit: true, cell: (entry) => <>{entry.actor || t('common:none')} <span className="dim small">{entry.actor_kind === 'key' ? t('audit.key') : ''}</span></> },
    {
      id: 'action', header: t('audit.action'), fixed: true,
      cell: (entry) => <button type="button" className="text-button" onClick={() => change({ open: entry.id, cursor: search.cursor })}>{did(entry)}</button>,
    },
    { id: 'target', header: t('audit.target'), cell: (entry) => <span className="break">{entry.target}</span> },
    { id: 'service', header: t('audit.service'), fit: true, wide: true, cell: (entry) => entry.service },
    { id: 'outcome', header: t('audit.outcome'), fit: true, wide: true, cell: (entry) => <span className={`state tone-${entry.outcome === 'done' ? 'succeeded' : 'failed'}`}>{t(`audit.${entry.outcome}`, { defaultValue: entry.outcome })}</span> },
    { id: 'ip', header: t('audit.ip'), fit: true, wide: true, cell: (entry) => <span className="mono">{entry.ip}</span> },
  ];
  return (
    <Screen title={t('common:nav.audit')}>
      <div className="toolbar">
        <SearchField value={search.q ?? ''} onChange={(q) => change({ q: q || undefined })} label={t('audit.search')} />
        <Menu position="bottom-start">
          <Menu.Target><Button variant="default" size="md" leftSection={<IconFilter size={16} aria-hidden />}>{search.service ?? t('audit.all_services')}</Button></Menu.Target>
          <Menu.Dropdown>
            <Menu.RadioItem value="" checked={!search.service} onClick={() => change({ service: undefined })}>{t('audit.all_services')}</Menu.RadioItem>
            {services.map((name) => <Menu.RadioItem key={name} value={name} checked={search.service === name} onClick={() => change({ service: name })}>{name}</Menu.RadioItem>)}
          </Menu.Dropdown>
        </Menu>
      </div>
      <Absent errors={query.data?.errors} />
      <Load query={query}>
        {(page) => (
          <DataTable
            label={t('common:nav.audit')} rows={page.items} columns={columns} rowId={(entry) => entry.id} onOpen={(entry) => change({ open: entry.id, cursor: search.cursor })} openId={search.open ?? null}
            empty={<Empty title={t('audit.empty')} />} footer={<Pager page={page} onCursor={(cursor) => change({ cursor })} />}
          />
        )}
      </Load>
      <Drawer opened={Boolean(opened)} onClose={() => change({ open: undefined, cursor: search.cursor })} position="right" size="lg" padding="lg" title={opened && did(opened)} closeButtonProps={{ 'aria-label': t('common:close') }}>
        {opened && (
          <div className="stack">
            <p className="flush"><Time at={opened.at} style="full" /> · {opened.actor} · {opened.target}</p>
            <p className="flush small mono">{opened.action}</p>
            {opened.request_id && <div className="small"><span className="dim">{t('common:request_id')}</span> <Copy text={opened.request_id} /></div>}
            {(['before', 'after'] as const).map((side) =>
              opened[side] !== null && opened[side] !== undefined ? <section key={side}><h3 className="section-title">{t(`audit.${side}`)}</h3><JsonView value={opened[side]} label={t(`audit.${side}`)} /></section> : null,
            )}
          </div>
        )}
      </Drawer>
    </Screen>
  );
}
