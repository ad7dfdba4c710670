// API keys: a name and roles of their own; the secret is shown once.

import { Button, Modal, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call, get, post } from '@/api/client';
import type { ApiKey, Page, Role } from '@/api/types';
import { Confirm } from '@/components/confirm';
import { Copy } from '@/components/copy';
import { DataTable, type Column } from '@/components/data-table';
import { Empty, Load, useTitle } from '@/components/screen';
import { Time, useZone } from '@/components/zone';
import { fromWallClock } from '@/lib/time';
import { RoleFields, RoleWords } from './role-fields';

export function Keys() {
  const { t } = useTranslation('settings');
  useTitle(t('nav.keys'));
  const client = useQueryClient();
  const query = useQuery({ queryKey: ['keys'], queryFn: async ({ signal }) => (await get<Page<ApiKey>>('/api/keys?limit=1000', signal)).items });
  const [creating, setCreating] = useState(false);
  const [made, setMade] = useState<{ key: ApiKey; secret: string } | null>(null);
  const [removing, setRemoving] = useState<ApiKey | null>(null);
  const columns: Column<ApiKey>[] = [
    { id: 'name', header: t('keys.name'), fixed: true, cell: (key) => <><span className="strong">{key.name}</span><div className="small dim mono">{`pk_${key.public_id}_…`}</div></> },
    { id: 'roles', header: t('users.roles'), cell: (key) => <RoleWords roles={key.roles} /> },
    { id: 'created', header: t('keys.created'), fit: true, wide: true, cell: (key) => <>{key.created_by} · <Time at={key.created_at} style="date" /></> },
    { id: 'used', header: t('keys.last_used'), fit: true, wide: true, cell: (key) => <Time at={key.last_used_at} relative /> },
    { id: 'expires', header: t('keys.expires'), fit: true, wide: true, cell: (key) => (key.expires_at ? <Time at={key.expires_at} /> : t('keys.never')) },
    { id: 'remove', header: '', fixed: true, fit: true, cell: (key) => <Button variant="default" size="md" onClick={() => setRemoving(key)}>{t('keys.revoke')}</Button> },
  ];
  return (
    <div className="stack">
      <p className="flush dim">{t('keys.what')}</p>
      <div><Button size="md" leftSection={<IconPlus size={17} aria-hidden />} onClick={() => setCreating(true)}>{t('keys.add')}</Button></div>
      <Load query={query}>
        {(keys) => <DataTable label={t('nav.keys')} rows={keys} columns={columns} rowId={(key) => key.id} empty={<Empty title={t('keys.empty')}>{t('keys.empty_why')}</Empty>} />}
      </Load>
      {creating && <CreateKey onClose={() => setCreating(false)} onMade={setMade} />}
      <Modal opened={made !== null} onClose={() => setMade(null)} title={t('keys.made', { name: made?.key.name })} closeOnClickOutside={false} closeButtonProps={{ 'aria-label': t('common:close') }}>
        <div className="stack">
          <p className="flush strong">{t('keys.once')}</p>
          <div className="note" data-secret><Copy text={made?.secret ?? ''} label={t('keys.secret')} /></div>
          <p className="flush small dim">{t('keys.use')}</p>
          <div className="row row-end"><Button size="md" onClick={() => setMade(null)}>{t('keys.kept')}</Button></div>
        </div>
      </Modal>
      <Confirm
        opened={removing !== null} onClose={() => setRemoving(null)} danger title={t('keys.ask_revoke', { name: removing?.name })} action={t('keys.revoke')}
        onConfirm={async () => {
          await call('DELETE', `/api/keys/${removing?.id}`);
          await client.invalidateQueries({ queryKey: ['keys'] });
        }}
      >
        <p className="flush">{t('keys.revoke_means')}</p>
      </Confirm>
    </div>
  );
}

function CreateKey({ onClose, onMade }: { onClose: () => void; onMade: (made: { key: ApiKey; secret: string }) => void }) {
  const { t } = useTranslation('settings');
  const client = useQueryClient();
  const zone = useZone();
  const [name, setName] = useState('');
  const [roles, setRoles] = useState<Record<string, Role>>({});
  const [expires, setExpires] = useState('');
  return (
    <Confirm
      opened onClose={onClose} title={t('keys.add')} action={t('keys.add')} disabled={!name.trim() || Object.keys(roles).length === 0} size="lg"
      onConfirm={async () => {
        const made = await post<{ key: ApiKey; secret: string }>('/api/keys', { name: name.trim(), roles, expires_at: expires ? fromWallClock(expires, zone) : null });
        onMade(made);
        await client.invalidateQueries({ queryKey: ['keys'] });
      }}
    >
      <TextInput label={t('keys.name')} description={t('keys.name_help')} size="md" value={name} onChange={(event) => setName(event.currentTarget.value)} autoComplete="off" data-autofocus />
      <RoleFields value={roles} onChange={setRoles} />
      <TextInput type="datetime-local" label={t('keys.expires')} description={t('keys.expires_help', { zone })} size="md" value={expires} onChange={(event) => setExpires(event.currentTarget.value)} />
    </Confirm>
  );
}
