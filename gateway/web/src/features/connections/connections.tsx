// The outside systems of every service, each tested step by step: the first step that fails says what to look at.

import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { IconCheck, IconPlugConnected, IconX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { post } from '@/api/client';
import { every } from '@/api/query';
import type { Connection, ConnectionTest } from '@/api/types';
import { Copy } from '@/components/copy';
import { ProblemView } from '@/components/problem';
import { Absent, Empty, Load, Screen } from '@/components/screen';
import { Time } from '@/components/zone';
import { fromEach } from '@/features/schedules/queries';
import { servicesQuery, useMay } from '@/features/session/me';
import { wordFor } from '@/lib/service-words';

export function Connections() {
  const { t } = useTranslation('settings');
  const services = useQuery(servicesQuery).data?.map((service) => service.name) ?? [];
  const query = useQuery({ queryKey: ['connections', services], queryFn: ({ signal }) => fromEach<Connection>(services, 'connections', signal), enabled: services.length > 0, refetchInterval: every(30_000) });
  return (
    <Screen title={t('common:nav.connections')}>
      <div className="stack">
        <Absent errors={query.data?.errors} />
        <Load query={query} rows={4}>
          {(data) =>
            data.items.length === 0 ? (
              <div className="card"><Empty title={t('connections.empty')} icon={<IconPlugConnected size={30} stroke={1.5} aria-hidden />} /></div>
            ) : (
              <ul className="plain stack">{data.items.map((item) => <ConnectionCard key={`${item.service}/${item.name}`} item={item} />)}</ul>
            )
          }
        </Load>
      </div>
    </Screen>
  );
}

function ConnectionCard({ item }: { item: Connection & { service: string } }) {
  const { t } = useTranslation('settings');
  const client = useQueryClient();
  const may = useMay()(item.service, 'operator');
  const test = useMutation({
    mutationFn: () => post<ConnectionTest>(`/api/${item.service}/v1/connections/${item.name}/test`),
    onSettled: () => client.invalidateQueries({ queryKey: ['connections'] }),
  });
  const last = item.last_test;
  return (
    <li className="card card-pad stack-s" data-connection={item.name}>
      <div className="spread">
        <div className="stack-tight">
          <h2 className="section-title flush">{wordFor(t, item.service, 'connection', item)}</h2>
          <div className="row small dim"><span>{item.service} · {item.kind}</span><Copy text={item.address} /></div>
        </div>
        <div className="row">
          {last && !test.data && (
            <span className={`state tone-${last.ok ? 'succeeded' : 'failed'}`}>
              {last.ok ? <IconCheck size={15} aria-hidden /> : <IconX size={15} aria-hidden />}{t(last.ok ? 'connections.ok' : 'connections.failed')} <Time at={last.at} relative />
            </span>
          )}
          {may && <Button variant="default" size="md" loading={test.isPending} onClick={() => test.mutate()}>{t('connections.test')}</Button>}
        </div>
      </div>
      {last && !last.ok && !test.data && <p className="flush break">{last.detail}</p>}
      {test.isError && <ProblemView error={test.error} />}
      <div aria-live="polite">
        {test.data && (
          <ol className="plain stack-s">
            {test.data.steps.map((step) => (
              <li key={step.name} className={`row tone-${step.ok ? 'succeeded' : 'failed'}`} data-step={step.name} data-ok={step.ok}>
                <span className="state">{step.ok ? <IconCheck size={15} aria-hidden /> : <IconX size={15} aria-hidden />}{step.name.replaceAll('_', ' ')}</span>
                <span className="break">{step.detail}</span>
                <span className="dim small num">{t('connections.took', { milliseconds: step.milliseconds })}</span>
              </li>
            ))}
            <li className="small dim">{test.data.ok ? t('connections.all_good') : t('connections.stopped')}</li>
          </ol>
        )}
      </div>
    </li>
  );
}
