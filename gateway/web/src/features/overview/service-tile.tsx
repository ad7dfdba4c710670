// A service in a tile: its health, and what it is doing today.

import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Run, Service, ServiceHealth } from '@/api/types';
import { HealthDot } from '@/components/health-dot';
import { StateBadge } from '@/components/state';
import { Time } from '@/components/zone';
import { SERVICE_SCREENS } from '@/features/frame/nav';
import { sessionQuery } from '@/features/warehouse/session-query';
import { LastDays } from '@/features/statistics/last-days';
import { ShadowNote } from '@/features/warehouse/shadow';
import { toneOf } from '@/features/warehouse/steps';
import { every } from '@/api/query';
import { runTitle } from '@/lib/service-words';

interface Props {
  service: Service;
  health: ServiceHealth | undefined;
  runs: Run[] | undefined;
}

export function ServiceTile({ service, health, runs }: Props) {
  const { t } = useTranslation('overview');
  const home = SERVICE_SCREENS[service.name]?.[0]?.to;
  const running = runs?.filter((run) => run.state === 'running').length ?? 0;
  const bad = runs?.filter((run) => ['failed', 'partial', 'waiting'].includes(run.state) && !run.seen).length ?? 0;
  const last = runs?.[0];
  return (
    <article className="card card-pad tile">
      <div className="spread">
        <h3 className="section-title flush">{home ? <Link to={home} className="link-plain">{service.title}</Link> : service.title}</h3>
        <span className="row-tight small dim"><HealthDot health={health} />{t(`common:health.${health?.status ?? 'unknown'}`)}</span>
      </div>
      {service.name === 'invoices' && <WarehouseSummary />}
      <div className="row small">
        <Link to="/runs" search={{ service: service.name, when: '24h' }}>{t('runs_of_day', { count: runs?.length ?? 0 })}</Link>
        {running > 0 && <span>{t('running', { count: running })}</span>}
        {bad > 0 && <Link to="/runs" search={{ service: service.name, when: '24h', state: 'failed,partial,waiting' }} className="tone-failed state state-plain">{t('bad', { count: bad })}</Link>}
      </div>
      {last && (
        <div className="row small dim">
          <span className="break">{t('last_run', { title: runTitle(t, last) })}</span> <StateBadge state={last.state} plain /> <Time at={last.finished_at ?? last.created_at} relative />
        </div>
      )}
    </article>
  );
}

function WarehouseSummary() {
  const { t, i18n } = useTranslation('warehouse');
  const session = useQuery({ ...sessionQuery, refetchInterval: every(10_000) }).data;
  if (!session) return null;
  const number = new Intl.NumberFormat(i18n.language);
  const share = session.total > 0 ? session.processed / session.total : 0;
  return (
    <div className="stack-s">
      <div className="row">
        <StateBadge state={toneOf(session)} label={t(`word.${session.state}`)} />
        {session.shadow && <ShadowNote />}
        <span className="num">{t('overview_count', { processed: number.format(session.processed), total: number.format(session.total) })}</span>
      </div>
      {session.buttons.start.enabled && <Link to="/invoices" className="strong">{t('next_start')}</Link>}
      {session.state === 'failed' && !session.buttons.start.enabled && <Link to="/invoices" className="strong">{t('next_failed')}</Link>}
      <LastDays />
      <div className={`bar tone-${toneOf(session)}`} aria-hidden><span style={{ width: `${share * 100}%` }} /></div>
    </div>
  );
}
