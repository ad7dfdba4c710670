// What can be done with the chosen rows, or with all that match: the count first, then what became of each.

import { Button, Textarea } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '@/api/client';
import { Confirm } from '@/components/confirm';
import { ProblemView } from '@/components/problem';
import { actOnChosen, countAll, startAll, sum, type BulkAction, type BulkResult, type Chosen, type Target } from './bulk';

interface Props {
  /** Where the texts of this list are, as `runs:bulk`. */
  words: string;
  list: string;
  actions: BulkAction[];
  chosen: Chosen[];
  /** The whole page is chosen, and there are further pages. */
  more: boolean;
  targets: Target[];
  /** Runs that were started, as `service/id`. */
  onStarted: (runs: string[]) => void;
  onChanged: () => Promise<unknown>;
  onNone: () => void;
}

export function BulkBar(props: Props) {
  const { chosen, words } = props;
  const { t } = useTranslation('lists');
  const [all, setAll] = useState(false);
  const [result, setResult] = useState<BulkResult | null>(null);
  if (all && chosen.length === 0) setAll(false);
  if (chosen.length === 0 && !result) return null;
  return (
    <div className="bulk card" role="region" aria-label={t(`${words}.label`)}>
      {result ? <Result words={words} list={props.list} result={result} onResult={setResult} onChanged={props.onChanged} /> : all ? <AllMatching {...props} onPage={() => setAll(false)} /> : <OnPage {...props} onAll={() => setAll(true)} onResult={setResult} />}
    </div>
  );
}

function OnPage({ words, list, actions, chosen, more, targets, onChanged, onNone, onAll, onResult }: Props & { onAll: () => void; onResult: (result: BulkResult) => void }) {
  const { t } = useTranslation('lists');
  const [asking, setAsking] = useState<BulkAction | null>(null);
  const fit = (action: BulkAction) => chosen.filter((row) => row.actions.includes(action.name));
  const act = async (action: BulkAction, options: Record<string, string>) => {
    onResult(await actOnChosen(action.name, list, fit(action), options, action.undo));
    await onChanged();
    onNone();
  };
  return (
    <>
      <span className="strong">{t(`${words}.selected`, { count: chosen.length })}</span>
      {more && targets.length > 0 && <Button variant="subtle" size="md" onClick={onAll}>{t('all.choose')}</Button>}
      {actions.map((action) => (
        <Button key={action.name} variant="default" size="md" disabled={fit(action).length === 0} onClick={() => setAsking(action)}>
          {t(`${words}.${action.name}`, { count: fit(action).length })}
        </Button>
      ))}
      <Button variant="subtle" size="md" onClick={onNone}>{t('none')}</Button>
      {asking && <Ask words={words} action={asking} count={fit(asking).length} onClose={() => setAsking(null)} onConfirm={(options) => act(asking, options)} />}
    </>
  );
}

function AllMatching({ words, actions, targets, onStarted, onNone, onPage }: Props & { onPage: () => void }) {
  const { t } = useTranslation('lists');
  const [asking, setAsking] = useState<BulkAction | null>(null);
  // Relative times become instants here: what is counted is what is acted on, however long somebody thinks about it.
  const [frozen] = useState(targets);
  const first = actions[0]?.name ?? '';
  const counted = useQuery({ queryKey: ['bulk', frozen, first], queryFn: () => countAll(first, frozen), gcTime: 0, staleTime: Number.POSITIVE_INFINITY });
  if (counted.error) return <ProblemView error={counted.error} onRetry={() => void counted.refetch()} />;
  return (
    <>
      <span className="strong" role="status">{counted.data ? t(`${words}.all`, { count: sum(counted.data, 'matching') }) : t('all.counting')}</span>
      <Button variant="subtle" size="md" onClick={onPage}>{t('all.page')}</Button>
      {actions.map((action) => (
        <Button key={action.name} variant="default" size="md" disabled={!counted.data} onClick={() => setAsking(action)}>{t(`${words}.${action.name}_all`)}</Button>
      ))}
      <Button variant="subtle" size="md" onClick={onNone}>{t('none')}</Button>
      {asking && (
        <AskAll
          words={words} action={asking} targets={frozen} onClose={() => setAsking(null)}
          onStarted={(runs) => {
            onStarted(runs);
            onNone();
          }}
        />
      )}
    </>
  );
}

/** Counts for the action itself: of all that match, it may be for some only. */
function AskAll({ words, action, targets, onClose, onStarted }: { words: string; action: BulkAction; targets: Target[]; onClose: () => void; onStarted: (runs: string[]) => void }) {
  const { t } = useTranslation('lists');
  const counted = useQuery({ queryKey: ['bulk', targets, action.name, 'ask'], queryFn: () => countAll(action.name, targets), gcTime: 0, staleTime: Number.POSITIVE_INFINITY });
  const affected = counted.data ? sum(counted.data, 'affected') : 0;
  const matching = counted.data ? sum(counted.data, 'matching') : 0;
  const start = async (options: Record<string, string>) => {
    try {
      onStarted(await startAll(action.name, counted.data ?? [], options));
    } catch (error) {
      // Another number by now: it is told, and the dialog asks about the new one.
      if (error instanceof ApiError && error.code === 'selection_changed') await counted.refetch();
      throw error;
    }
  };
  return (
    <Ask words={words} action={action} count={affected} waiting={!counted.data} error={counted.error} onClose={onClose} onConfirm={start}>
      {counted.data && matching > affected && <p className="flush dim">{t('all.some', { matching, affected })}</p>}
      {counted.data && affected === 0 && <p className="flush strong">{t('all.nothing')}</p>}
    </Ask>
  );
}

interface AskProps {
  words: string;
  action: BulkAction;
  count: number;
  waiting?: boolean;
  error?: unknown;
  onClose: () => void;
  onConfirm: (options: Record<string, string>) => Promise<unknown>;
  children?: React.ReactNode;
}

function Ask({ words, action, count, waiting, error, onClose, onConfirm, children }: AskProps) {
  const { t } = useTranslation('lists');
  const [said, setSaid] = useState('');
  const options: Record<string, string> = action.asks ? { [action.asks]: said.trim() } : {};
  const missing = action.asks === 'reason' && said.trim().length < 3;
  return (
    <Confirm
      opened onClose={onClose} onConfirm={() => onConfirm(options)} danger={action.danger} disabled={waiting || count === 0 || missing}
      title={waiting ? t('all.counting') : t(`${words}.ask_${action.name}`, { count })} action={waiting ? t('all.counting') : t(`${words}.${action.name}`, { count })}
    >
      <p className="flush">{t(`${words}.means_${action.name}`)}</p>
      {children}
      {error ? <ProblemView error={error} /> : null}
      {action.asks && (
        <Textarea label={t(action.asks)} required={action.asks === 'reason'} size="md" autosize minRows={2} maxLength={500} value={said} onChange={(event) => setSaid(event.currentTarget.value)} data-autofocus />
      )}
    </Confirm>
  );
}

interface ResultProps {
  words: string;
  list: string;
  result: BulkResult;
  onResult: (result: BulkResult | null) => void;
  onChanged: () => Promise<unknown>;
}

function Result({ words, list, result, onResult, onChanged }: ResultProps) {
  const { t } = useTranslation('lists');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const { undo } = result;
  const takeBack = async () => {
    if (!undo) return;
    setBusy(true);
    setError(null);
    try {
      onResult(await actOnChosen(undo.action, list, undo.rows, {}));
      await onChanged();
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <span role="status">
        <span className="strong">{t(`${words}.done`, { count: result.done })}</span>
        {result.refused.length > 0 && <span className="tone-failed state state-plain"> {t('refused', { count: result.refused.length })}</span>}
      </span>
      {result.refused.slice(0, 5).map((item) => <span key={item.id} className="small dim"><span className="mono">{item.id.slice(-12)}</span> {item.detail}</span>)}
      {undo && <Button variant="default" size="md" loading={busy} onClick={() => void takeBack()}>{t('undo')}</Button>}
      <Button variant="default" size="md" onClick={() => onResult(null)}>{t('common:close')}</Button>
      {error !== null && <ProblemView error={error} />}
    </>
  );
}
