// Taking over from the program before: start it, see what was found, what waits for a person, what to check by hand.

import { Button } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { IconArrowLeft } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Run } from '@/api/types';
import { Confirm } from '@/components/confirm';
import { Empty, Load, Screen } from '@/components/screen';
import { StateBadge } from '@/components/state';
import { Time } from '@/components/zone';
import { RunProgress } from '@/features/runs/progress';
import { isOver } from '@/features/runs/queries';
import { useMay } from '@/features/session/me';
import { SERVICE, statsQuery } from '../queries';
import { startTakeOver, takeOverJobQuery, takeOverQuery, type TakeOverReport } from './queries';
import { Counts, Records, Tables } from './tables';
import '../tools.css';

const MEANS = ['reads', 'binds', 'doubt', 'sends'] as const;
/** Reasons that only a take-over gives, and the one it shares. */
const WAITING = ['ambiguous', 'failed_before', 'id_unknown'] as const;

export function TakeOver() {
  const { t } = useTranslation('asanito_tools');
  const may = useMay();
  const operator = may(SERVICE, 'operator');
  const report = useQuery({ ...takeOverQuery, enabled: operator });
  const job = useQuery({ ...takeOverJobQuery, enabled: operator }).data;
  const [asking, setAsking] = useState(false);
  const run = job?.last_run ?? null;
  const live = run !== null && !isOver(run);
  return (
    <Screen
      title={t('takeover.title')}
      back={<Link to="/asanito/admin" className="row-tight"><IconArrowLeft size={16} aria-hidden />{t('common:nav.bridge_admin')}</Link>}
      actions={may(SERVICE, 'admin') && <Button size="md" disabled={live} onClick={() => setAsking(true)}>{t(run ? 'takeover.again' : 'takeover.start')}</Button>}
    >
      {operator ? (
        <div className="stack-l">
          <div className="stack">
            <p className="flush dim lead-text">{t('takeover.what')}</p>
            {!may(SERVICE, 'admin') && <p className="flush small dim">{t('takeover.only_admins')}</p>}
            {run && <LastRun run={run} live={live} />}
          </div>
          <Load query={report} rows={6}>{(data) => <Found report={data} />}</Load>
        </div>
      ) : (
        <div className="card"><Empty title={t('takeover.operators_only')} /></div>
      )}
      {asking && <Ask onClose={() => setAsking(false)} />}
    </Screen>
  );
}

function LastRun({ run, live }: { run: Run; live: boolean }) {
  const { t } = useTranslation('asanito_tools');
  return (
    <div className="stack-s" data-last-run={run.state}>
      <div className="row small">
        <span className="dim">{t('takeover.last')}</span>
        <Link to="/runs/$service/$id" params={{ service: SERVICE, id: run.id }} className="link-plain"><StateBadge state={run.state} plain /></Link>
        <Time at={run.finished_at ?? run.started_at ?? run.created_at} relative />
      </div>
      {live && run.state === 'running' && <RunProgress run={run} />}
    </div>
  );
}

function Found({ report }: { report: TakeOverReport }) {
  const { t } = useTranslation('asanito_tools');
  if (report.counts.length === 0 && report.tables.length === 0) return <div className="card"><Empty title={t('takeover.never')}>{t('takeover.never_why')}</Empty></div>;
  return (
    <>
      <Counts counts={report.counts} />
      <Differences />
      {report.ambiguous.length > 0 && <Records name="ambiguous" records={report.ambiguous} />}
      <Records name="sample" records={report.sample} />
      <Tables tables={report.tables} />
      <Next />
    </>
  );
}

/** Records that wait because of what the program before said, each group a list to work through. */
function Differences() {
  const { t, i18n } = useTranslation('asanito_tools');
  const stats = useQuery(statsQuery).data;
  const number = new Intl.NumberFormat(i18n.language);
  const count = (reason: string) => stats?.flatMap((kind) => kind.reasons).filter((one) => one.reason_code === reason).reduce((sum, one) => sum + one.count, 0) ?? 0;
  const waiting = WAITING.filter((reason) => count(reason) > 0);
  return (
    <section className="stack-s">
      <h2 className="section-title flush">{t('takeover.differences')}</h2>
      <p className="flush dim small">{t(waiting.length ? 'takeover.differences_what' : 'takeover.no_differences')}</p>
      {waiting.length > 0 && (
        <ul className="card plain">
          {waiting.map((reason) => (
            <li key={reason} className="list-row spread" data-waiting={reason}>
              <Link to="/asanito/records" search={{ state: 'failed', reason }} className="row-link">{t(`takeover.waiting.${reason}`)}</Link>
              <span className="num strong">{number.format(count(reason))}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Next() {
  const { t } = useTranslation('asanito_tools');
  return (
    <section className="stack-s">
      <h2 className="section-title flush">{t('takeover.next')}</h2>
      <ul className="card plain">
        <li className="list-row stack-tight"><Link to="/asanito" search={{ start: 'cycle', dry: '1' }} className="row-link">{t('takeover.next_dry')}</Link><span className="dim small">{t('takeover.next_dry_what')}</span></li>
        <li className="list-row"><Link to="/asanito/doctor" className="row-link">{t('takeover.next_doctor')}</Link></li>
        <li className="list-row"><Link to="/asanito/money" className="row-link">{t('takeover.next_money')}</Link></li>
      </ul>
    </section>
  );
}

function Ask({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('asanito_tools');
  const client = useQueryClient();
  const start = async () => {
    await startTakeOver();
    await Promise.all([SERVICE, 'jobs', 'runs'].map((key) => client.invalidateQueries({ queryKey: [key] })));
  };
  return (
    <Confirm opened onClose={onClose} onConfirm={start} title={t('takeover.ask')} action={t('takeover.start')}>
      <ul className="flush">{MEANS.map((name) => <li key={name}>{t(`takeover.means_${name}`)}</li>)}</ul>
    </Confirm>
  );
}
