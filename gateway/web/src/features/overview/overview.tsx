// The overview: what needs a person, each service in a tile, the last 24 hours.

import { useQuery } from '@tanstack/react-query';
import { IconMoodSmile } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Absent, Empty, Lines, Load, Screen } from '@/components/screen';
import { attentionQuery, healthQuery } from '@/features/frame/queries';
import { servicesQuery } from '@/features/session/me';
import { AttentionRow } from './attention-row';
import { Lanes } from './lanes';
import { lastDayQuery } from './queries';
import { ServiceTile } from './service-tile';

export function Overview() {
  const { t } = useTranslation('overview');
  const attention = useQuery(attentionQuery);
  const services = useQuery(servicesQuery);
  const health = useQuery(healthQuery).data?.services;
  const runs = useQuery(lastDayQuery);
  const count = attention.data?.items.length ?? 0;
  return (
    <Screen title={t('common:nav.overview')} tab={count ? t('tab', { count }) : null}>
      <div className="stack-l">
        <section aria-labelledby="needs-you">
          <h2 id="needs-you" className="section-title">{count ? t('needs_you_count', { count }) : t('needs_you')}</h2>
          <Absent errors={attention.data?.errors} />
          <Load query={attention} rows={2}>
            {(page) =>
              page.items.length === 0 ? (
                <div className="card"><Empty title={t('all_quiet')} icon={<IconMoodSmile size={30} stroke={1.5} aria-hidden />}>{t('all_quiet_why')}</Empty></div>
              ) : (
                <ul className="plain card attention">{page.items.map((item) => <AttentionRow key={`${item.service}${item.id}`} item={item} />)}</ul>
              )
            }
          </Load>
        </section>
        <section aria-labelledby="services">
          <h2 id="services" className="section-title">{t('services')}</h2>
          <Load query={services} rows={3}>
            {(list) => (
              <div className="tiles">
                {list.map((service) => (
                  <ServiceTile key={service.name} service={service} health={health?.find((item) => item.name === service.name)} runs={runs.data?.items.filter((run) => run.service === service.name)} />
                ))}
              </div>
            )}
          </Load>
        </section>
        <section aria-labelledby="last-day">
          <h2 id="last-day" className="section-title">{t('last_day')}</h2>
          <Absent errors={runs.data?.errors} />
          {services.data ? <Load query={runs} rows={2}>{(page) => <Lanes services={services.data} runs={page.items} />}</Load> : <Lines rows={2} />}
        </section>
      </div>
    </Screen>
  );
}
