// Stop, retry, run again (with changes), and "Seen". The server says which are possible; the role says who may.

import { Button } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { toast } from '@/components/toast';
import type { Run } from '@/api/types';
import { Confirm } from '@/components/confirm';
import { useMay } from '@/features/session/me';
import { RerunDialog } from './rerun-dialog';
import { SeeDialog } from './see-dialog';
import { useRunAction, useSeen } from './queries';

export function RunActions({ run }: { run: Run }) {
  const { t } = useTranslation('runs');
  const may = useMay()(run.service, 'operator');
  const action = useRunAction(run.service, run.id);
  const navigate = useNavigate();
  const [asking, setAsking] = useState<'cancel' | 'retry' | 'rerun' | 'see' | null>(null);
  if (!may) return null;
  const can = (name: 'cancel' | 'retry' | 'rerun' | 'see') => run.actions.includes(name);
  const rerun = async (params: Record<string, unknown> | undefined) => {
    const started = await action.mutateAsync({ action: 'rerun', params });
    toast({ message: t('rerun_started', { title: run.title }) });
    await navigate({ to: '/runs/$service/$id', params: { service: started.service, id: started.id } });
  };
  return (
    <div className="row">
      {can('cancel') && (
        <Button variant="default" size="md" disabled={run.cancel_requested_at !== null} onClick={() => setAsking('cancel')}>
          {t(run.cancel_requested_at ? 'action.stopping' : 'action.cancel')}
        </Button>
      )}
      {can('retry') && <Button size="md" onClick={() => setAsking('retry')}>{t('action.retry')}</Button>}
      {can('rerun') && <Button variant="default" size="md" onClick={() => setAsking('rerun')}>{t('action.rerun')}</Button>}
      {can('see') && !run.seen && <Button variant="default" size="md" onClick={() => setAsking('see')}>{t('action.see')}</Button>}
      <UnseeButton run={run} />
      <Confirm
        opened={asking === 'cancel'} onClose={() => setAsking(null)} danger title={t('ask.cancel', { title: run.title })} action={t('action.cancel')}
        onConfirm={() => action.mutateAsync({ action: 'cancel' })}
      >
        <p className="flush">{t('ask.cancel_means')}</p>
      </Confirm>
      <Confirm
        opened={asking === 'retry'} onClose={() => setAsking(null)} title={t('ask.retry', { title: run.title })} action={t('action.retry')}
        onConfirm={() => action.mutateAsync({ action: 'retry' })}
      >
        <p className="flush">{t('ask.retry_means')}</p>
      </Confirm>
      {asking === 'rerun' && <RerunDialog run={run} onClose={() => setAsking(null)} onConfirm={rerun} />}
      <SeeDialog run={run} opened={asking === 'see'} onClose={() => setAsking(null)} />
    </div>
  );
}

function UnseeButton({ run }: { run: Run }) {
  const { t } = useTranslation('runs');
  const seen = useSeen();
  if (!run.seen) return null;
  return (
    <Button variant="subtle" size="md" loading={seen.isPending} onClick={() => seen.mutate({ service: run.service, id: run.id, note: null })}>
      {t('action.unsee')}
    </Button>
  );
}
