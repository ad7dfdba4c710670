// Pause for maintenance: everything at once, or one service; with a reason and an end.

import { useQuery } from '@tanstack/react-query';
import { IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Pause } from '@/api/types';
import { Absent, Load, useTitle } from '@/components/screen';
import { Time } from '@/components/zone';
import { pauseQuery } from '@/features/frame/queries';
import { PauseButton } from '@/features/schedules/pause-button';
import { servicesQuery, useMay } from '@/features/session/me';

export function PauseScreen() {
  const { t } = useTranslation('settings');
  useTitle(t('nav.pause'));
  const query = useQuery(pauseQuery);
  const services = useQuery(servicesQuery).data ?? [];
  const may = useMay();
  const operated = services.filter((service) => may(service.name, 'operator'));
  return (
    <Load query={query} rows={3}>
      {(data) => {
        const pauses = new Map(data.services.map((item) => [item.service, item.pause]));
        const paused = operated.map((service) => pauses.get(service.name)).filter((pause): pause is Pause => Boolean(pause));
        const all = operated.length > 0 && paused.length === operated.length;
        return (
          <div className="stack">
            <Absent errors={data.errors} />
            <section className="card card-pad spread">
              <div className="stack-tight"><h2 className="section-title flush">{t('pause.all')}</h2><span className="dim">{t('pause.all_means')}</span></div>
              {operated.length > 0 && <PauseButton wholeService path="/api/pause" name={t('pause.everything')} paused={all ? (paused[0] ?? null) : null} keys={['schedules', 'jobs']} />}
            </section>
            {services.map((service) => {
              const pause = pauses.get(service.name) ?? null;
              return (
                <section key={service.name} className="card card-pad spread" data-service={service.name}>
                  <div className="stack-tight">
                    <h2 className="section-title flush">{service.title}</h2>
                    <span className={`state state-plain tone-${pause ? 'partial' : 'succeeded'}`}>
                      {pause ? <IconPlayerPause size={15} aria-hidden /> : <IconPlayerPlay size={15} aria-hidden />}
                      {pause ? t('schedules:paused_by', { by: pause.by, reason: pause.reason }) : t('pause.works')}
                    </span>
                    {pause?.until && <span className="small">{t('schedules:until')} <Time at={pause.until} style="full" /></span>}
                  </div>
                  {may(service.name, 'operator') && <PauseButton wholeService path={`/api/${service.name}/v1/pause`} name={service.title} paused={pause} keys={['schedules', 'jobs']} />}
                </section>
              );
            })}
          </div>
        );
      }}
    </Load>
  );
}
