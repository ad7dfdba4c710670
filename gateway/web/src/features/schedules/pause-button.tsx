// Pause with a reason and, if wished, an end; resume. For a schedule, a job, a service.

import { Button, Textarea, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '@/api/client';
import type { Pause } from '@/api/types';
import { Confirm } from '@/components/confirm';
import { useZone } from '@/components/zone';
import { useDraft } from '@/lib/draft';
import { fromWallClock, toWallClock } from '@/lib/time';

type Props = Common & (
  | { wholeService?: false; path: `/api/${string}/v1/schedules/${string}` | `/api/${string}/v1/jobs/${string}` }
  /** A service is paused by PUT and resumed by DELETE of its own switch. */
  | { wholeService: true; path: '/api/pause' | `/api/${string}/v1/pause` }
);

interface Common {
  name: string;
  paused: Pause | null;
  keys: string[];
}

export function PauseButton(props: Props) {
  const { name, paused, keys } = props;
  const { t } = useTranslation('schedules');
  const client = useQueryClient();
  const zone = useZone();
  const [asking, setAsking] = useState(false);
  const [reason, setReason, clear] = useDraft(`pause.${props.path}`, '');
  const [until, setUntil] = useState('');
  const refresh = () => Promise.all([...keys, 'pause'].map((key) => client.invalidateQueries({ queryKey: [key] })));
  const pause = async () => {
    const body = { reason: reason.trim(), until: until ? fromWallClock(until, zone) : null };
    await (props.wholeService ? call('PUT', props.path, { body }) : call('POST', `${props.path}/pause`, { body }));
    clear();
    setUntil('');
    await refresh();
  };
  const resume = async () => {
    await (props.wholeService ? call('DELETE', props.path) : call('POST', `${props.path}/resume`));
    await refresh();
  };
  return (
    <>
      <Button variant="default" size="md" onClick={() => setAsking(true)} leftSection={paused ? <IconPlayerPlay size={16} aria-hidden /> : <IconPlayerPause size={16} aria-hidden />}>
        {t(paused ? 'resume' : 'pause')}
      </Button>
      {paused ? (
        <Confirm opened={asking} onClose={() => setAsking(false)} onConfirm={resume} title={t('ask_resume', { name })} action={t('resume')}>
          <p className="flush">{t('resume_means', { by: paused.by, reason: paused.reason })}</p>
        </Confirm>
      ) : (
        <Confirm opened={asking} onClose={() => setAsking(false)} onConfirm={pause} title={t('ask_pause', { name })} action={t('pause')} disabled={!reason.trim()}>
          <p className="flush">{t(props.wholeService ? 'pause_means_all' : 'pause_means')}</p>
          <Textarea label={t('reason')} size="md" autosize minRows={2} required withAsterisk={false} maxLength={500} value={reason} onChange={(event) => setReason(event.currentTarget.value)} data-autofocus />
          <TextInput
            type="datetime-local" size="md" label={t('until_label')} description={t('until_help', { zone })} value={until} min={toWallClock(new Date(), zone)}
            onChange={(event) => setUntil(event.currentTarget.value)}
          />
        </Confirm>
      )}
    </>
  );
}
