// A run's whole story: head with state and actions, then Story, Log, Records, Parameters. Live while it runs.

import { Tabs, Title } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { IconEye } from '@tabler/icons-react';
import { lazy, Suspense, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { isRefreshPaused } from '@/api/query';
import { useStream } from '@/api/stream';
import type { Run } from '@/api/types';
import { CopyId } from '@/components/copy';
import { Lines, Load } from '@/components/screen';
import { StateBadge } from '@/components/state';
import { Time } from '@/components/zone';
import { formatTaken } from '@/lib/time';
import { runTitle } from '@/lib/service-words';
import { secondsOf } from './columns';
import { RunProgress } from './progress';
import { base, isOver, runQuery } from './queries';
import { Parameters } from './parameters';
import { QuestionsOfRun } from './question';
import { Records } from './records';
import { RunActions } from './run-actions';
import { useRunText } from './run-text';
import { Story } from './story';
import { TriggerText } from './trigger';

const RunLog = lazy(() => import('./log/run-log'));

export const RUN_TABS = ['story', 'log', 'records', 'parameters'] as const;
export type RunTab = (typeof RUN_TABS)[number];

interface Props {
  service: string;
  id: string;
  headingLevel: 1 | 2;
  tab: RunTab | undefined;
  line: string | undefined;
  onTab: (tab: RunTab) => void;
  onLine: (line: string) => void;
}

export function RunDetail(props: Props) {
  const { service, id } = props;
  const client = useQueryClient();
  const query = useQuery(runQuery(service, id));
  const live = query.data !== undefined && !isOver(query.data);
  useStream<Run>(
    live ? `${base(service, id)}/events` : null,
    (run) => {
      if (run.id === id && !isRefreshPaused()) client.setQueryData(runQuery(service, id).queryKey, run);
    },
    ['run', 'state', 'update'],
  );
  return <Load query={query} rows={6}>{(run) => <Detail {...props} run={run} live={live} />}</Load>;
}

function Detail({ run, live, tab, line, onTab, onLine, headingLevel }: Props & { run: Run; live: boolean }) {
  const { t, i18n } = useTranslation('runs');
  const text = useRunText()(run);
  const shown = tab && RUN_TABS.includes(tab) ? tab : run.state === 'partial' ? 'records' : 'story';
  const panels: Record<RunTab, ReactNode> = {
    story: <Story run={run} live={live} />,
    log: (
      <Suspense fallback={<Lines rows={8} />}>
        <RunLog service={run.service} id={run.id} live={live} line={line} onLine={onLine} />
      </Suspense>
    ),
    records: <Records run={run} live={live} />,
    parameters: <Parameters run={run} />,
  };
  return (
    <div className="stack">
      <div className="stack-s">
        <div className="spread">
          <div className="row">
            <Title order={headingLevel} size="h1">{runTitle(t, run)}</Title>
            <StateBadge state={run.state} />
            {run.dry_run && <span className="state tone-queued">{t('dry_run')}</span>}
          </div>
          <RunActions run={run} />
        </div>
        {text && <p className="flush break">{text}</p>}
        {run.seen && (
          <p className="flush dim small row-tight">
            <IconEye size={15} aria-hidden /> {run.seen.by === 'system' ? t('seen_itself', { note: run.seen.note }) : t('seen_note', { by: run.seen.by, note: run.seen.note })} <Time at={run.seen.at} />
          </p>
        )}
      </div>
      <QuestionsOfRun run={run} />
      {/* What is done is done: a bar tells how far a run is, or how far it came. */}
      {run.state !== 'succeeded' && run.state !== 'waiting' && (run.progress.total || run.progress.done || run.state === 'running') && <RunProgress run={run} />}
      <Facts run={run} />
      <Tabs value={shown} onChange={(value) => value && onTab(value as RunTab)} keepMounted={false}>
        <Tabs.List>
          {RUN_TABS.map((name) => (
            <Tabs.Tab key={name} value={name}>
              {t(`tab.${name}`)}
              {name === 'records' && run.counts && total(run) > 0 && <span className="dim num"> {new Intl.NumberFormat(i18n.language).format(total(run))}</span>}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={shown} pt={16}>{panels[shown]}</Tabs.Panel>
      </Tabs>
    </div>
  );
}

const total = (run: Run): number => (run.counts ? run.counts.ok + run.counts.warning + run.counts.problem + run.counts.skipped : 0);

function Facts({ run }: { run: Run }) {
  const { t, i18n } = useTranslation('runs');
  const seconds = secondsOf(run);
  const facts: [string, ReactNode][] = [
    [t('fact.service'), run.service],
    [t('fact.trigger'), run.trigger.type === 'schedule' ? <Link to="/schedules"><TriggerText run={run} /></Link> : <TriggerText run={run} />],
    [t('fact.created'), <Time key="created" at={run.created_at} style="full" />],
    run.state === 'queued' ? [t('fact.due'), <Time key="due" at={run.run_at} style="full" />] : [t('fact.started'), <Time key="started" at={run.started_at} style="full" />],
    [t('fact.finished'), <Time key="finished" at={run.finished_at} style="full" />],
    [t('fact.duration'), seconds === null ? t('common:none') : formatTaken(seconds, i18n.language)],
    [t('fact.attempt'), <span key="attempt" className="num">{t('attempt_of', { attempt: run.attempt, most: run.max_attempts })}</span>],
    [t('fact.id'), <CopyId key="id" id={run.id} />],
  ];
  if (run.rerun_of) facts.push([t('fact.rerun_of'), <RunLink key="rerun" service={run.service} id={run.rerun_of} />]);
  if (run.parent_id) facts.push([t('fact.parent'), <RunLink key="parent" service={run.service} id={run.parent_id} />]);
  if (run.request_id) facts.push([t('fact.request'), <CopyId key="request" id={run.request_id} />]);
  return (
    <dl className="facts card card-pad">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

export const RunLink = ({ service, id }: { service: string; id: string }) => (
  <Link to="/runs/$service/$id" params={{ service, id }} className="mono">{id.slice(-12)}</Link>
);
