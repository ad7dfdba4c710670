// Schedules of all services: in words, with their next firings; pause with a reason; edit with a preview.

import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { IconPencil, IconPlayerPause } from '@tabler/icons-react';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schedule } from '@/api/types';
import { Absent, Empty, Load, Screen } from '@/components/screen';
import { StateBadge } from '@/components/state';
import { Time, useZone } from '@/components/zone';
import { RunLink } from '@/features/runs/run-detail';
import { servicesQuery, useMay } from '@/features/session/me';
import { useCronWords } from '@/lib/cron-words';
import { wordFor } from '@/lib/service-words';
import { FiringList } from './firing-list';
import { PauseButton } from './pause-button';
import { jobsQuery, schedulesQuery } from './queries';

const Editor = lazy(() => import('./editor'));

export function Schedules() {
  const { t } = useTranslation('schedules');
  const services = useQuery(servicesQuery).data?.map((service) => service.name) ?? [];
  const query = useQuery(schedulesQuery(services));
  const jobs = useQuery(jobsQuery(services)).data?.items;
  const { open } = useSearch({ from: '/signed-in/frame/schedules' });
  const navigate = useNavigate({ from: '/schedules' });
  const edit = (key: string | undefined) => void navigate({ search: (before) => ({ ...before, open: key }) });
  const paused = query.data?.items.filter((item) => item.paused).length ?? 0;
  const [service = '', id = ''] = open?.split('/') ?? [];
  return (
    <Screen title={t('common:nav.schedules')} tab={paused ? t('tab_paused', { count: paused }) : null}>
      <div className="stack">
        <Absent errors={query.data?.errors} />
        <Load query={query} rows={4}>
          {(data) =>
            data.items.length === 0 ? (
              <div className="card"><Empty title={t('empty')}>{t('empty_why')}</Empty></div>
            ) : (
              <ul className="plain stack">
                {data.items.map((item) => (
                  <ScheduleCard
                    key={`${item.service}/${item.id}`} schedule={item} service={item.service} onEdit={() => edit(`${item.service}/${item.id}`)}
                    title={wordFor(t, item.service, 'job', { name: item.job, title: jobs?.find((job) => job.service === item.service && job.name === item.job)?.title ?? item.title ?? item.job })}
                  />
                ))}
              </ul>
            )
          }
        </Load>
      </div>
      {open && (
        <Suspense fallback={null}>
          <Editor service={service} id={id} onClose={() => edit(undefined)} />
        </Suspense>
      )}
    </Screen>
  );
}

interface CardProps {
  schedule: Schedule;
  service: string;
  title: string;
  onEdit: () => void;
}

function ScheduleCard({ schedule, service, title, onEdit }: CardProps) {
  const { t } = useTranslation('schedules');
  const may = useMay();
  const words = useCronWords();
  const zone = useZone();
  const off = !schedule.enabled;
  return (
    <li className="card card-pad schedule" data-schedule={schedule.name}>
      <div className="stack-s">
        <div className="row">
          <h2 className="section-title flush">{title}</h2>
          <span className="dim small">{service} · <span className="mono">{schedule.name}</span></span>
          {off && <span className="state tone-cancelled">{t('off')}</span>}
          {schedule.paused && <span className="state tone-partial"><IconPlayerPause size={14} aria-hidden />{t('paused')}</span>}
        </div>
        <div>
          {schedule.cron.map((line) => (
            <div key={line} className="row">{words(line)} <span className="mono dim small">{line}</span></div>
          ))}
          <span className="dim small">{t('in_zone', { zone: schedule.zone })}</span>
        </div>
        {schedule.paused && (
          <p className="note note-tone tone-partial flush">
            {t('paused_by', { by: schedule.paused.by, reason: schedule.paused.reason })} {schedule.paused.until && <>{t('until')} <Time at={schedule.paused.until} /></>}
          </p>
        )}
        {schedule.last_run && (
          <div className="row small">
            <span className="dim">{t('last')}</span> <StateBadge state={schedule.last_run.state} plain /> <Time at={schedule.last_run.created_at} relative /> <RunLink service={service} id={schedule.last_run.id} />
          </div>
        )}
      </div>
      <div className="schedule-next">
        <h3 className="small dim flush">{t('next_five')}</h3>
        {off || schedule.next.length === 0 ? <p className="flush dim">{t('never')}</p> : <FiringList instants={schedule.next} zone={schedule.zone} viewer={zone} />}
      </div>
      <div className="schedule-actions">
        {may(service, 'operator') && <PauseButton path={`/api/${service}/v1/schedules/${schedule.id}`} name={title} paused={schedule.paused} keys={['schedules']} />}
        {may(service, 'operator') && <Button variant="default" size="md" leftSection={<IconPencil size={16} aria-hidden />} onClick={onEdit}>{t('edit')}</Button>}
      </div>
    </li>
  );
}
