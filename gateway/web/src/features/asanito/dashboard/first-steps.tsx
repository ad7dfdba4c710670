// Nothing is in Asanito yet: what to do, in which order, and how far one is.

import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { IconCheck } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { KindCount } from '@/api/asanito-types';
import { get } from '@/api/client';
import type { Connection, Page } from '@/api/types';
import { useMay } from '@/features/session/me';
import { BASE, gapsQuery, SERVICE } from '../queries';

const connectionsQuery = {
  queryKey: [SERVICE, 'connections'],
  queryFn: async ({ signal }: { signal: AbortSignal }) => {
    const answer = await get<Page<Connection> | Connection[]>(`${BASE}/connections`, signal);
    return Array.isArray(answer) ? answer : answer.items;
  },
};

const typesQuery = {
  queryKey: [SERVICE, 'mapping-types'],
  queryFn: async ({ signal }: { signal: AbortSignal }) => (await get<Page<{ is_optional: boolean; mapped: number }>>(`${BASE}/mappings/types`, signal)).items,
};

const NEEDED = ['source', 'asanito'];

export function FirstSteps({ kinds }: { kinds: KindCount[] }) {
  const { t } = useTranslation('asanito');
  const may = useMay();
  const navigate = useNavigate();
  const start = (job: string, dry?: '1') => void navigate({ to: '/asanito', search: { start: job, dry } });
  const connections = useQuery(connectionsQuery).data ?? [];
  const gaps = useQuery(gapsQuery).data;
  const types = useQuery(typesQuery).data ?? [];
  const needed = connections.filter((item) => NEEDED.includes(item.name));
  const tested = needed.length > 0 && needed.every((item) => item.last_test?.ok);
  const read = kinds.some((kind) => kind.total > 0);
  const open = gaps?.length ?? 0;
  // What is missing is known once records were looked at; before that, that every type has something.
  const mapped = gaps !== undefined && open === 0 && types.length > 0 && types.every((type) => type.is_optional || type.mapped > 0);
  const operator = may(SERVICE, 'operator');
  const steps: { name: string; done: boolean; action: ReactNode }[] = [
    { name: 'test', done: tested, action: <Button component={Link} to="/connections" variant={tested ? 'default' : 'filled'} size="md">{t('first.test.button')}</Button> },
    { name: 'start', done: kinds.some((kind) => kind.before_start > 0), action: may(SERVICE, 'admin') && <Button component={Link} to="/settings/options/asanito" variant="default" size="md">{t('first.start.button')}</Button> },
    { name: 'dry', done: read, action: operator && <Button onClick={() => start('contacts', '1')} variant={tested && !read ? 'filled' : 'default'} size="md">{t('first.dry.button')}</Button> },
    { name: 'map', done: mapped, action: <Button component={Link} to="/asanito/mappings" variant={read && !mapped ? 'filled' : 'default'} size="md">{t('first.map.button')}</Button> },
    { name: 'go', done: false, action: operator && <Button onClick={() => start('cycle')} variant={read && mapped ? 'filled' : 'default'} size="md">{t('first.go.button')}</Button> },
  ];
  return (
    <section className="card card-pad stack" aria-labelledby="first-steps" data-first-steps>
      <div>
        <h2 id="first-steps" className="section-title flush">{t('first.title')}</h2>
        <p className="flush dim">{t('first.what')}</p>
      </div>
      <ol className="first-steps">
        {steps.map((step, index) => (
          <li key={step.name} data-step={step.name} data-done={step.done}>
            <span className={`timeline-mark tone-${step.done ? 'succeeded' : 'queued'}`}>{step.done ? <IconCheck size={16} aria-hidden /> : <span className="num">{new Intl.NumberFormat().format(index + 1)}</span>}</span>
            <div>
              <div className="strong">{t(`first.${step.name}.title`)}{step.done && <span className="offscreen"> {t('first.done')}</span>}</div>
              <div className="dim small">{step.name === 'map' && open > 0 ? t('first.map.open', { count: open }) : t(`first.${step.name}.what`)}</div>
            </div>
            <div className="row">{step.action}</div>
          </li>
        ))}
      </ol>
    </section>
  );
}
