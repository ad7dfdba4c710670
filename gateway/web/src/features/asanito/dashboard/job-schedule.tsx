// When a job runs by itself, in words, with its next time; one press switches it on or off.

import { Switch } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '@/api/client';
import type { Schedule } from '@/api/types';
import { ProblemView } from '@/components/problem';
import { Time } from '@/components/zone';
import { useMay } from '@/features/session/me';
import { useCronWords } from '@/lib/cron-words';
import { SERVICE } from '../queries';

export function JobSchedule({ schedule, title }: { schedule: Schedule; title: string }) {
  const { t } = useTranslation('asanito');
  const client = useQueryClient();
  const may = useMay()(SERVICE, 'operator');
  const words = useCronWords();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const path = `/api/asanito/v1/schedules/${schedule.id}` as const;
  const turn = async (enabled: boolean) => {
    setBusy(true);
    setError(null);
    try {
      const { etag } = await call<Schedule>('GET', path);
      await call<Schedule>('PATCH', path, { body: { enabled }, ifMatch: etag });
      await client.invalidateQueries({ queryKey: ['schedules'] });
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  };
  const next = schedule.next[0];
  return (
    <div className="stack-s" data-schedule={schedule.name}>
      <div className="row small">
        {may ? (
          <Switch checked={schedule.enabled} disabled={busy} onChange={(event) => void turn(event.currentTarget.checked)} aria-label={t('schedule_of', { title })} label={t(schedule.enabled ? 'on' : 'off')} />
        ) : (
          <span className="dim">{t(schedule.enabled ? 'on' : 'off')}</span>
        )}
        <span>{schedule.cron.map(words).join(', ')} <span className="dim">{t('schedules:in_zone', { zone: schedule.zone })}</span></span>
        {schedule.enabled && next && <span className="dim">{t('next')} <Time at={next} /></span>}
        {schedule.paused && <span className="state tone-partial state-plain">{t('schedules:paused_by', { by: schedule.paused.by, reason: schedule.paused.reason })}</span>}
        {may && <Link to="/schedules" search={{ open: `${SERVICE}/${schedule.id}` }} className="row-link">{t('schedules:edit')}</Link>}
      </div>
      {error !== null && <ProblemView error={error} />}
    </div>
  );
}
