// The columns of the runs list: what is shown, and what a CSV of the screen holds.

import { Link } from '@tanstack/react-router';
import { IconEye } from '@tabler/icons-react';
import type { TFunction } from 'i18next';
import type { Run } from '@/api/types';
import type { Column } from '@/components/data-table';
import { StateBadge } from '@/components/state';
import { Time } from '@/components/zone';
import { runTitle } from '@/lib/service-words';
import { formatTaken } from '@/lib/time';
import { RunProgress } from './progress';
import { TriggerText, triggerWords } from './trigger';

export const rowIdOf = (run: Run): string => `${run.service}/${run.id}`;

export const secondsOf = (run: Run): number | null =>
  run.started_at && run.finished_at ? (Date.parse(run.finished_at) - Date.parse(run.started_at)) / 1000 : null;

export function runColumns(t: TFunction, language: string, text: (run: Run) => string): Column<Run>[] {
  return [
    { id: 'state', header: t('runs:column.state'), fixed: true, fit: true, cell: (run) => <StateBadge state={run.state} />, text: (run) => t(`state.${run.state}`) },
    {
      id: 'title', header: t('runs:column.title'), fixed: true, text: (run) => runTitle(t, run),
      cell: (run) => (
        <>
          <Link to="/runs/$service/$id" params={{ service: run.service, id: run.id }} className="link-plain strong">{runTitle(t, run)}</Link>
          <div className="dim small">
            {run.state === 'running' && run.progress && (run.progress.done !== null || run.progress.text) ? <RunProgress run={run} compact /> : text(run)}
            {run.seen && <span className="nowrap"> <IconEye size={13} aria-hidden /> {run.seen.by === 'system' ? t('runs:seen_itself_short') : t('runs:seen_by', { by: run.seen.by })}</span>}
          </div>
        </>
      ),
    },
    { id: 'service', header: t('runs:column.service'), fit: true, wide: true, cell: (run) => run.service, text: (run) => run.service },
    { id: 'trigger', header: t('runs:column.trigger'), wide: true, cell: (run) => <TriggerText run={run} />, text: (run) => triggerWords(t, run) },
    { id: 'created', header: t('runs:column.created'), fit: true, cell: (run) => <Time at={run.created_at} />, text: (run) => run.created_at },
    {
      id: 'duration', header: t('runs:column.duration'), fit: true, wide: true, align: 'end', text: (run) => secondsOf(run),
      cell: (run) => {
        const seconds = secondsOf(run);
        return seconds === null ? <span className="dim">{t('none')}</span> : formatTaken(seconds, language);
      },
    },
    {
      id: 'attempt', header: t('runs:column.attempt'), fit: true, wide: true, align: 'end', text: (run) => `${run.attempt}/${run.max_attempts}`,
      cell: (run) => <>{run.attempt}{'\u2009/\u2009'}{run.max_attempts}</>,
    },
    {
      id: 'problems', header: t('runs:column.problems'), fit: true, wide: true, align: 'end', text: (run) => run.counts?.problem ?? 0,
      cell: (run) => (run.counts?.problem ? <span className="tone-failed state-plain state">{run.counts.problem}</span> : <span className="dim">{'0'}</span>),
    },
  ];
}
