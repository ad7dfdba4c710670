// The story: attempts on a time line, each outside effect with its evidence, and what a doubt needs from a person.

import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Attempt, Effect, Run, RunState } from '@/api/types';
import { RUN_STATES } from '@/api/types';
import { CopyId } from '@/components/copy';
import { Empty, Load } from '@/components/screen';
import { StateIcon } from '@/components/state';
import { Time } from '@/components/zone';
import { formatTaken } from '@/lib/time';
import { useProblemText } from '@/lib/problem-text';
import { EffectItem } from './effect-item';
import { attemptsQuery, effectsQuery } from './queries';

export function Story({ run, live }: { run: Run; live: boolean }) {
  const { t } = useTranslation('runs');
  const attempts = useQuery(attemptsQuery(run.service, run.id, live));
  const effects = useQuery(effectsQuery(run.service, run.id, live));
  const problem = useProblemText();
  const told = run.error ? problem({ code: run.error.code, detail: run.error.detail, params: run.error.params ?? {} }) : null;
  return (
    <div className="stack">
      {told && (run.state === 'failed' || run.state === 'partial') && (
        <div className={`problem tone-${run.state}`}>
          <StateIcon state={run.state} size={20} />
          <div>
            <p className="happened">{told.happened}</p>
            {told.means && <p>{told.means}</p>}
            {told.act && <p>{told.act}</p>}
            <div className="codes"><span className="mono">{run.error?.code}</span></div>
          </div>
        </div>
      )}
      <section>
        <h3 className="section-title">{t('story.attempts')}</h3>
        <Load query={attempts} rows={2}>
          {(rows) => (rows.length === 0 ? <Empty title={t('story.not_started')} /> : <ol className="timeline">{rows.map((row) => <AttemptItem key={row.attempt} row={row} run={run} />)}</ol>)}
        </Load>
      </section>
      <section>
        <h3 className="section-title">{t('story.effects')}</h3>
        <Load query={effects} rows={2}>
          {(rows: Effect[]) =>
            rows.length === 0 ? <p className="flush dim">{t('story.no_effects')}</p> : <ul className="plain stack-s">{rows.map((row) => <EffectItem key={row.id} effect={row} run={run} />)}</ul>
          }
        </Load>
      </section>
    </div>
  );
}

function AttemptItem({ row, run }: { row: Attempt; run: Run }) {
  const { t, i18n } = useTranslation('runs');
  const state: RunState = (RUN_STATES as readonly string[]).includes(row.state) ? (row.state as RunState) : row.finished_at ? 'queued' : 'running';
  const seconds = row.finished_at ? (Date.parse(row.finished_at) - Date.parse(row.started_at)) / 1000 : null;
  const known = i18n.exists(`runs:attempt_state.${row.state}`);
  return (
    <li className={`tone-${state}`}>
      <span className="timeline-mark"><StateIcon state={state} /></span>
      <div>
        <div className="row small">
          <span className="strong">{t('story.attempt', { number: row.attempt, most: run.max_attempts })}</span>
          <span className="state state-plain">{known ? t(`attempt_state.${row.state}`) : t(`common:state.${state}`)}</span>
          <Time at={row.started_at} style="full" />
          {seconds !== null && <span className="dim num">{formatTaken(seconds, i18n.language)}</span>}
          {row.worker && <span className="dim small hide-narrow">{t('story.worker')} <CopyId id={row.worker} /></span>}
        </div>
        {row.error && <p className="flush break">{row.error.detail}</p>}
      </div>
    </li>
  );
}
