// A run as a page of its own.

import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { Link } from '@tanstack/react-router';
import { IconArrowLeft } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useQuery } from '@tanstack/react-query';
import { useTitle } from '@/components/screen';
import { runQuery } from './queries';
import { RunDetail, type RunTab } from './run-detail';

export function RunPage() {
  const { t } = useTranslation('runs');
  const { service, id } = useParams({ from: '/signed-in/frame/runs/$service/$id' });
  const search = useSearch({ from: '/signed-in/frame/runs/$service/$id' });
  const navigate = useNavigate({ from: '/runs/$service/$id' });
  const run = useQuery(runQuery(service, id)).data;
  useTitle(run?.title ?? t('run'), run ? t(`common:state.${run.state}`) : null);
  return (
    <div className="screen">
      <p className="flush back"><Link to="/runs" className="row-tight"><IconArrowLeft size={16} aria-hidden />{t('all_runs')}</Link></p>
      <RunDetail
        service={service} id={id} headingLevel={1} tab={search.tab as RunTab | undefined} line={search.line}
        onTab={(tab) => void navigate({ search: (before) => ({ ...before, tab, line: undefined }), replace: true })}
        onLine={(line) => void navigate({ search: (before) => ({ ...before, tab: 'log', line }), replace: true })}
      />
    </div>
  );
}
