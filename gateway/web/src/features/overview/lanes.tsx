// The last 24 hours: a lane per service, a mark per run, colour and shape by state. Behind it, for everybody: the counts.

import { Tooltip } from '@mantine/core';
import { Link, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Run, Service } from '@/api/types';
import { useZone } from '@/components/zone';
import { formatInstant } from '@/lib/time';
import { runTitle } from '@/lib/service-words';

const DAY = 86_400_000;
const HEIGHT: Record<string, number> = { failed: 30, partial: 24, waiting: 30, running: 20, queued: 10, cancelled: 14, succeeded: 16 };

export function Lanes({ services, runs }: { services: Service[]; runs: Run[] }) {
  const { t, i18n } = useTranslation('overview');
  const zone = useZone();
  const end = Date.now();
  const start = end - DAY;
  const hours = [0, 6, 12, 18, 24].map((hour) => ({ left: (hour / 24) * 100, text: formatInstant(new Date(start + hour * 3_600_000), zone, i18n.language, 'time') }));
  return (
    <div className="card card-pad">
      {services.map((service) => (
        <Lane key={service.name} service={service} runs={runs.filter((run) => run.service === service.name)} start={start} />
      ))}
      <div className="lane-hours small dim num" aria-hidden>
        {hours.map((hour) => <span key={hour.left} style={{ insetInlineStart: `${hour.left}%` }}>{hour.text}</span>)}
      </div>
      <p className="flush small dim">{t('lanes_hint')}</p>
    </div>
  );
}

function Lane({ service, runs, start }: { service: Service; runs: Run[]; start: number }) {
  const { t, i18n } = useTranslation('overview');
  const zone = useZone();
  const navigate = useNavigate();
  const counts = new Map<string, number>();
  for (const run of runs) counts.set(run.state, (counts.get(run.state) ?? 0) + 1);
  const spoken = [...counts].map(([state, count]) => `${count} ${t(`common:state.${state}`)}`).join(', ');
  return (
    <div className="lane">
      <Link to="/runs" search={{ service: service.name, when: '24h' }} className="lane-name clip">{service.title}</Link>
      <div className="lane-marks" role="img" aria-label={t('lane', { service: service.title, counts: spoken || t('nothing_ran') })}>
        {runs.map((run) => {
          const left = ((Date.parse(run.started_at ?? run.created_at) - start) / DAY) * 100;
          if (left < 0 || left > 100) return null;
          return (
            <Tooltip key={run.id} label={`${runTitle(t, run)} · ${t(`common:state.${run.state}`)} · ${formatInstant(run.created_at, zone, i18n.language)}`}>
              <span
                className={`lane-mark tone-${run.state}`} style={{ insetInlineStart: `${left}%`, height: HEIGHT[run.state] }}
                onClick={() => void navigate({ to: '/runs/$service/$id', params: { service: run.service, id: run.id } })}
              />
            </Tooltip>
          );
        })}
      </div>
    </div>
  );
}
