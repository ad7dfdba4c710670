// What acts on many right now: progress, stop; at its end the count, what was refused and why, and the way back.

import { Button } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Run } from '@/api/types';
import { ProblemView } from '@/components/problem';
import { StateBadge } from '@/components/state';
import { OutcomeBadge } from '@/features/runs/records';
import { RunProgress } from '@/features/runs/progress';
import { isOver, recordsQuery, runQuery, useRunAction } from '@/features/runs/queries';
import { consoleLink } from '@/lib/links';
import { undoRun } from './bulk';

interface Props {
  /** `service/id`, several with commas; from the address, so that a reload goes on showing it. */
  runs: string | undefined;
  onChange: (runs: string | undefined) => void;
  /** Lists to be asked again once it has ended. */
  stale: readonly string[];
}

export function BulkRuns({ runs, onChange, stale }: Props) {
  const shown = runs?.split(',').filter(Boolean) ?? [];
  const without = (address: string) => onChange(shown.filter((item) => item !== address).join(',') || undefined);
  return shown.map((address) => (
    <OneRun key={address} address={address} stale={stale} onClose={() => without(address)} onUndo={(undo) => onChange(shown.map((item) => (item === address ? undo : item)).join(','))} />
  ));
}

function OneRun({ address, stale, onClose, onUndo }: { address: string; stale: readonly string[]; onClose: () => void; onUndo: (address: string) => void }) {
  const { t } = useTranslation('lists');
  const [service = '', id = ''] = address.split('/');
  const client = useQueryClient();
  const query = useQuery({ ...runQuery(service, id), refetchInterval: (now) => (isOver(now.state.data) ? false : 700) });
  const action = useRunAction(service, id);
  const run = query.data;
  const over = isOver(run);
  const key = stale.join();
  useEffect(() => {
    if (over) void client.invalidateQueries({ queryKey: key.split(',') });
  }, [over, client, key]);
  if (query.error && !run) return <ProblemView error={query.error} onRetry={() => void query.refetch()} />;
  if (!run) return null;
  return (
    <section className="card bulk-run stack-s" aria-label={run.title} data-bulk-run={run.state}>
      <div className="row">
        <StateBadge state={run.state} />
        <Link to="/runs/$service/$id" params={{ service, id }} search={{ tab: 'records' }} className="strong">{run.title}</Link>
        {over && <span role="status">{run.message}</span>}
        <span className="grow" />
        {run.actions.includes('cancel') && <Button variant="default" size="md" onClick={() => action.mutate({ action: 'cancel' })}>{t('runs:action.cancel')}</Button>}
        {over && run.actions.includes('retry') && <Button variant="default" size="md" onClick={() => action.mutate({ action: 'retry' })}>{t(run.state === 'cancelled' ? 'go_on' : 'retry_refused')}</Button>}
        {over && <UndoButton run={run} onUndo={onUndo} />}
        {over && <Button variant="subtle" size="md" onClick={onClose}>{t('common:close')}</Button>}
      </div>
      {!over && <RunProgress run={run} />}
      {over && ((run.counts?.problem ?? 0) > 0 || (run.counts?.skipped ?? 0) > 0) && <Failures run={run} />}
    </section>
  );
}

function UndoButton({ run, onUndo }: { run: Run; onUndo: (address: string) => void }) {
  const { t } = useTranslation('lists');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const inverse = run.result?.undo;
  if (typeof inverse !== 'string') return null;
  const undo = async () => {
    setBusy(true);
    setError(null);
    try {
      onUndo(await undoRun(run, inverse));
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Button variant="default" size="md" loading={busy} onClick={() => void undo()}>{t('undo')}</Button>
      {error !== null && <ProblemView error={error} />}
    </>
  );
}

const SHOWN = 8;

function Failures({ run }: { run: Run }) {
  const { t } = useTranslation('lists');
  const records = useQuery(recordsQuery(run.service, run.id, 'problem,skipped', undefined, false)).data?.items ?? [];
  const count = (run.counts?.problem ?? 0) + (run.counts?.skipped ?? 0);
  return (
    <ul className="plain-list small" aria-label={t('left_out')}>
      {records.slice(0, SHOWN).map((record) => (
        <li key={record.key} className="row-tight">
          <OutcomeBadge outcome={record.outcome} />
          {record.link ? <Link to={consoleLink(record.link, run.service)} className="mono">{record.key.slice(-12)}</Link> : <span className="mono">{record.key}</span>}
          <span className="break">{record.message || record.reason}</span>
        </li>
      ))}
      {count > SHOWN && <li><Link to="/runs/$service/$id" params={{ service: run.service, id: run.id }} search={{ tab: 'records' }}>{t('all_records', { count })}</Link></li>}
    </ul>
  );
}
