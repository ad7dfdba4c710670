// The jobs in the order in which their records depend on each other: now, last, next; start, stop, switch on and off.

import { Button } from '@mantine/core';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { IconPlayerPlay, IconPlayerStop, IconTerminal2 } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { every } from '@/api/query';
import type { Job, Run, Schedule } from '@/api/types';
import { Confirm } from '@/components/confirm';
import { Load } from '@/components/screen';
import { StateBadge } from '@/components/state';
import { Time } from '@/components/zone';
import { RunProgress } from '@/features/runs/progress';
import { isOver, useRunAction } from '@/features/runs/queries';
import { questionsQuery } from '@/features/runs/question';
import { useRunText } from '@/features/runs/run-text';
import { StartDialog } from '@/features/schedules/jobs';
import { fromEach, schedulesQuery } from '@/features/schedules/queries';
import { useMay } from '@/features/session/me';
import { SERVICE, STATES } from '../queries';
import { useJobTitle } from './job-title';
import { JobSchedule } from './job-schedule';

const CYCLE = 'cycle';
const ORDER = [CYCLE, 'dedupe', 'contacts', 'products', 'store-invoices', 'service-invoices', 'receipts'];

type BridgeJob = Job & { service: string };

const jobsNow = queryOptions({
  queryKey: ['jobs', [SERVICE], 'now'],
  queryFn: ({ signal }) => fromEach<Job>([SERVICE], 'jobs', signal),
  refetchInterval: every(2_500),
});

export function BridgeJobs() {
  const { t } = useTranslation('asanito');
  const query = useQuery(jobsNow);
  const schedules = useQuery(schedulesQuery([SERVICE])).data?.items ?? [];
  const { start, dry } = useSearch({ from: '/signed-in/frame/asanito' });
  const navigate = useNavigate({ from: '/asanito' });
  const choose = (name: string | undefined) => void navigate({ search: (before) => ({ ...before, start: name, dry: undefined }) });
  return (
    <section aria-labelledby="bridge-jobs">
      <div className="spread">
        <h2 id="bridge-jobs" className="section-title">{t('jobs')}</h2>
        <span className="row small"><Link to="/runs" search={{ service: SERVICE }}>{t('all_runs')}</Link><Link to="/schedules">{t('common:nav.schedules')}</Link></span>
      </div>
      <Load query={query} rows={6}>
        {(data) => {
          const jobs = ORDER.flatMap((name) => data.items.find((job) => job.name === name) ?? []);
          const chosen = data.items.find((job) => job.name === start);
          return (
            <>
              <ol className="plain job-list">
                {jobs.map((job, index) => (
                  <JobRow key={job.name} job={job} order={index} schedules={schedules.filter((item) => item.job === job.name)} onStart={() => choose(job.name)} />
                ))}
              </ol>
              {chosen && <StartDialog key={start} job={chosen} dry={dry === '1'} onClose={() => choose(undefined)} />}
            </>
          );
        }}
      </Load>
    </section>
  );
}

interface RowProps {
  job: BridgeJob;
  order: number;
  schedules: Schedule[];
  onStart: () => void;
}

function JobRow({ job, order, schedules, onStart }: RowProps) {
  const { t, i18n } = useTranslation('asanito');
  const may = useMay()(SERVICE, job.role);
  const title = useJobTitle()(job.name, job.title);
  const run = job.last_run;
  const live = run !== null && !isOver(run);
  return (
    <li className="card card-pad job" data-job={job.name}>
      <div className="stack-s">
        <div className="row">
          {order > 0 && <span className="job-order num" aria-hidden>{new Intl.NumberFormat(i18n.language).format(order)}</span>}
          <h3 className="section-title flush">{title}</h3>
          {run && live && <Link to="/runs/$service/$id" params={{ service: SERVICE, id: run.id }} className="link-plain"><StateBadge state={run.state} /></Link>}
          {job.paused && <span className="state tone-partial">{t('schedules:paused')}</span>}
        </div>
        <p className="flush dim">{t(`job_what.${job.name}`, { defaultValue: job.description })}</p>
        {job.name === CYCLE && live && <CycleWaits />}
        {run ? <LastRun run={run} live={live} /> : <span className="dim small">{t('schedules:never_ran')}</span>}
        {schedules.map((schedule) => <JobSchedule key={schedule.id} schedule={schedule} title={title} />)}
      </div>
      <div className="schedule-actions">
        {run && live && may && <StopButton run={run} title={title} />}
        {job.startable && may && <Button size="md" variant={live ? 'default' : 'filled'} leftSection={<IconPlayerPlay size={16} aria-hidden />} onClick={onStart}>{t('schedules:run_now')}</Button>}
      </div>
    </li>
  );
}

/** Which step of the cycle asks; nothing after it begins before somebody has answered. */
function CycleWaits() {
  const { t } = useTranslation('asanito');
  const asked = useQuery(questionsQuery(SERVICE)).data?.find((question) => ORDER.includes(question.job));
  const title = useJobTitle();
  if (!asked) return null;
  return (
    <p className="note note-tone tone-waiting flush" role="status" data-cycle-waits={asked.job}>
      {t('cycle_waits', { title: title(asked.job) })} <Link to="/runs/$service/$id" params={{ service: SERVICE, id: asked.run_id }} className="row-link">{t('to_question')}</Link>
    </p>
  );
}

function LastRun({ run, live }: { run: Run; live: boolean }) {
  const { t } = useTranslation('asanito');
  const said = useRunText()(run);
  const counted = useCounted()(run);
  const text = run.state === 'waiting' ? t('asks') : (counted ?? said);
  return (
    <div className="stack-s" data-last-run={run.state}>
      {run.state === 'running' && <RunProgress run={run} />}
      <div className="row small">
        {!live && (
          <>
            <span className="dim">{t('schedules:last')}</span>
            <Link to="/runs/$service/$id" params={{ service: SERVICE, id: run.id }} className="link-plain"><StateBadge state={run.state} plain /></Link>
          </>
        )}
        {run.dry_run && <span className="state tone-queued">{t('runs:dry_run')}</span>}
        <Time at={run.finished_at ?? run.started_at ?? run.created_at} relative />
        <Link to="/runs/$service/$id" params={{ service: SERVICE, id: run.id }} search={{ tab: 'log' }} className="row-tight row-link"><IconTerminal2 size={15} aria-hidden />{t(live ? 'live_log' : 'log')}</Link>
      </div>
      {text && <div className="small break"><bdi>{text}</bdi></div>}
    </div>
  );
}

/** How many records came to which state; null for a run that counts something else. */
function useCounted(): (run: Run) => string | null {
  const { t, i18n } = useTranslation('asanito');
  const number = new Intl.NumberFormat(i18n.language);
  return ({ result }) => {
    const counts = Object.entries(result ?? {});
    if (counts.length === 0 || !counts.every(([name, count]) => STATES.some((state) => state === name) && typeof count === 'number')) return null;
    return counts.map(([name, count]) => `${t(`state.${name}`)}: ${number.format(Number(count))}`).join(' · ');
  };
}

function StopButton({ run, title }: { run: Run; title: string }) {
  const { t } = useTranslation('runs');
  const action = useRunAction(run.service, run.id);
  const [asking, setAsking] = useState(false);
  if (!run.actions.includes('cancel')) return null;
  const stopping = run.cancel_requested_at !== null;
  return (
    <>
      <Button variant="default" size="md" disabled={stopping} leftSection={<IconPlayerStop size={16} aria-hidden />} onClick={() => setAsking(true)}>{t(stopping ? 'action.stopping' : 'action.cancel')}</Button>
      {asking && (
        <Confirm opened onClose={() => setAsking(false)} danger title={t('ask.cancel', { title })} action={t('action.cancel')} onConfirm={() => action.mutateAsync({ action: 'cancel' })}>
          <p className="flush">{t('asanito:stop_means')}</p>
        </Confirm>
      )}
    </>
  );
}
