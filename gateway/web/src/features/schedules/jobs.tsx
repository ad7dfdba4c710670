// Jobs of all services: what each does, how it went last, and "Run now" with a form.

import { Button, Switch } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { IconPlayerPlay } from '@tabler/icons-react';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { toast } from '@/components/toast';
import { ApiError, post } from '@/api/client';
import type { Job, Run } from '@/api/types';
import { Confirm } from '@/components/confirm';
import { SchemaForm } from '@/components/schema-form';
import { Absent, Empty, Load, Screen } from '@/components/screen';
import { StateBadge } from '@/components/state';
import { Time } from '@/components/zone';
import { servicesQuery, useMay } from '@/features/session/me';
import { useDraft } from '@/lib/draft';
import { paramWords, whatOf } from '@/lib/job-words';
import { wordFor } from '@/lib/service-words';
import { PauseButton } from './pause-button';
import { jobsQuery } from './queries';

type ServiceJob = Job & { service: string };

export function Jobs() {
  const { t } = useTranslation('schedules');
  const services = useQuery(servicesQuery).data?.map((service) => service.name) ?? [];
  const query = useQuery(jobsQuery(services));
  const { start } = useSearch({ from: '/signed-in/frame/jobs' });
  const navigate = useNavigate({ from: '/jobs' });
  const choose = (key: string | undefined) => void navigate({ search: (before) => ({ ...before, start: key }) });
  const chosen = query.data?.items.find((job) => `${job.service}/${job.name}` === start);
  return (
    <Screen title={t('common:nav.jobs')}>
      <div className="stack">
        <Absent errors={query.data?.errors} />
        <Load query={query} rows={4}>
          {(data) =>
            data.items.length === 0 ? (
              <div className="card"><Empty title={t('no_jobs')} /></div>
            ) : (
              <ul className="plain job-list">{data.items.map((job) => <JobCard key={`${job.service}/${job.name}`} job={job} onStart={() => choose(`${job.service}/${job.name}`)} />)}</ul>
            )
          }
        </Load>
      </div>
      {chosen && <StartDialog key={start} job={chosen} onClose={() => choose(undefined)} />}
    </Screen>
  );
}

function JobCard({ job, onStart }: { job: ServiceJob; onStart: () => void }) {
  const { t } = useTranslation('schedules');
  const may = useMay();
  return (
    <li className="card card-pad job" data-job={job.name}>
      <div className="stack-s">
        <div className="row">
          <h2 className="section-title flush">{wordFor(t, job.service, 'job', job)}</h2>
          <span className="dim small">{job.service} · <span className="mono">{job.name}</span></span>
          {job.paused && <span className="state tone-partial">{t('paused')}</span>}
        </div>
        {job.description && <p className="flush dim">{whatOf(t, job.service, job)}</p>}
        {job.paused && <p className="note note-tone tone-partial flush">{t('paused_by', { by: job.paused.by, reason: job.paused.reason })}</p>}
        <div className="row small">
          {job.last_run ? (
            <>
              <span className="dim">{t('last')}</span>
              <Link to="/runs/$service/$id" params={{ service: job.service, id: job.last_run.id }} className="link-plain"><StateBadge state={job.last_run.state} plain /></Link>
              <Time at={job.last_run.created_at} relative />
            </>
          ) : (
            <span className="dim">{t('never_ran')}</span>
          )}
          <Link to="/runs" search={{ service: job.service, job: job.name, idle: '1' }}>{t('all_runs')}</Link>
          {job.schedule_ids.length > 0 && <Link to="/schedules">{t('has_schedules', { count: job.schedule_ids.length })}</Link>}
        </div>
      </div>
      <div className="schedule-actions">
        {job.startable && may(job.service, job.role) && <Button size="md" leftSection={<IconPlayerPlay size={16} aria-hidden />} onClick={onStart}>{t('run_now')}</Button>}
        {may(job.service, 'operator') && <PauseButton path={`/api/${job.service}/v1/jobs/${job.name}`} name={job.title} paused={job.paused} keys={['jobs']} />}
      </div>
    </li>
  );
}

export function StartDialog({ job, dry: asTrial = false, onClose }: { job: ServiceJob; dry?: boolean; onClose: () => void }) {
  const { t } = useTranslation('schedules');
  const navigate = useNavigate();
  const title = wordFor(t, job.service, 'job', job);
  const [params, setParams, clear] = useDraft<Record<string, unknown>>(`start.${job.service}.${job.name}`, {});
  const [dry, setDry] = useState(asTrial);
  const [valid, setValid] = useState(true);
  const [error, setError] = useState<ApiError | null>(null);
  const started = useRef<Run | null>(null);
  const start = async () => {
    setError(null);
    try {
      started.current = await post<Run>(`/api/${job.service}/v1/jobs/${job.name}/runs`, { params, dry_run: dry });
      clear();
      toast({ message: t('started', { title }) });
    } catch (caught) {
      if (caught instanceof ApiError) setError(caught);
      throw caught;
    }
  };
  return (
    <Confirm
      opened onClose={onClose} onConfirm={start} title={t('ask_start', { title })} action={t('run_now')} disabled={!valid} size="lg"
      onDone={() => started.current && void navigate({ to: '/runs/$service/$id', params: { service: job.service, id: started.current.id } })}
    >
      {job.description && <p className="flush dim">{whatOf(t, job.service, job)}</p>}
      <SchemaForm schema={job.params_schema} words={paramWords(t, job.service)} value={params} onChange={setParams} onValid={setValid} errors={error?.problem.errors} />
      {job.dry_run && <Switch size="md" label={t('dry_run')} description={t('dry_run_help')} checked={dry} onChange={(event) => setDry(event.currentTarget.checked)} />}
    </Confirm>
  );
}
