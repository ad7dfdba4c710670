// The buttons of a record, each with its exact consequences before it is pressed; who may not is told who may.

import { Button, NumberInput, Textarea } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RecordAction, RecordDetail } from '@/api/asanito-types';
import { post } from '@/api/client';
import type { Role, Run } from '@/api/types';
import { Confirm } from '@/components/confirm';
import { toast } from '@/components/toast';
import { useMay } from '@/features/session/me';
import { useDraft } from '@/lib/draft';
import { BASE, SERVICE } from '../queries';

const ROLES: Record<RecordAction, Role> = {
  retry: 'operator', ignore: 'operator', unignore: 'operator', mark_distinct: 'operator', check: 'operator', bind: 'admin', confirm_absent: 'admin',
};
/** These make a run create or change something in Asanito, or never again. */
const GRAVE: readonly RecordAction[] = ['ignore', 'bind', 'confirm_absent'];

export function RecordActions({ record }: { record: RecordDetail }) {
  const { t } = useTranslation('asanito');
  const may = useMay();
  const [asking, setAsking] = useState<RecordAction | null>(null);
  const possible = record.actions.filter((action) => may(SERVICE, ROLES[action]));
  const forAdmins = may(SERVICE, 'operator') ? record.actions.filter((action) => !possible.includes(action)) : [];
  if (record.actions.length === 0) return null;
  return (
    <div className="stack-s" data-actions>
      <div className="row">
        {possible.map((action, index) => (
          <Button key={action} size="md" variant={index === 0 && !GRAVE.includes(action) ? 'filled' : 'default'} onClick={() => setAsking(action)}>{t(`action.${action}`)}</Button>
        ))}
      </div>
      {possible.length === 0 && forAdmins.length === 0 && <p className="flush small dim">{t('only_operators')}</p>}
      {forAdmins.length > 0 && <p className="flush small dim">{t('only_admins', { actions: forAdmins.map((action) => t(`action.${action}`)).join(', ') })}</p>}
      {asking && <ActionDialog key={asking} record={record} action={asking} onClose={() => setAsking(null)} />}
    </div>
  );
}

function ActionDialog({ record, action, onClose }: { record: RecordDetail; action: RecordAction; onClose: () => void }) {
  const { t } = useTranslation('asanito');
  const client = useQueryClient();
  const [note, setNote, clear] = useDraft(`record.${record.id}.${action}`, '');
  const [id, setId] = useState<string | number>('');
  const path = `${BASE}/entities/${record.kind}/${record.key}/${action.replaceAll('_', '-')}` as `${typeof BASE}/entities/${string}/${string}/retry`;
  const act = async () => {
    if (action === 'check') {
      const run = await post<Run>(path);
      toast({ message: t('check_started', { title: run.title }) });
    } else {
      await post(path, action === 'bind' ? { asanito_id: Number(id), note: note.trim() } : { note: note.trim() });
      clear();
    }
    await Promise.all([SERVICE, 'attention', 'runs'].map((key) => client.invalidateQueries({ queryKey: [key] })));
  };
  return (
    <Confirm opened onClose={onClose} onConfirm={act} title={t(`action.${action}`)} action={t(`action.${action}`)} danger={action === 'ignore'} disabled={action === 'bind' && !(Number(id) > 0)}>
      <p className="flush strong"><bdi>{record.label}</bdi> <span className="mono small dim">{record.key.slice(-12)}</span></p>
      <p className="flush">{t(`means.${action}`)}</p>
      {action === 'bind' && (
        <NumberInput label={t('bind_id')} description={t('bind_help')} size="md" min={1} allowDecimal={false} allowNegative={false} hideControls value={id} onChange={setId} required withAsterisk={false} data-autofocus />
      )}
      {action !== 'check' && <Textarea label={t('lists:note')} size="md" autosize minRows={2} maxLength={500} value={note} onChange={(event) => setNote(event.currentTarget.value)} data-autofocus={action !== 'bind' || undefined} />}
    </Confirm>
  );
}
