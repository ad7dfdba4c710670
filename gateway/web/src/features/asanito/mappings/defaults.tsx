// What Asanito is told where the source says nothing: beside the mappings, because both answer "which id?".

import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { get } from '@/api/client';
import type { Options } from '@/api/types';
import { Load } from '@/components/screen';
import { useMay } from '@/features/session/me';
import { Topic } from '@/features/settings/options';

export function Defaults() {
  const { t } = useTranslation('asanito_tools');
  const may = useMay()('asanito', 'admin');
  const query = useQuery({ queryKey: ['options', 'asanito', 'defaults'], queryFn: ({ signal }) => get<Options>('/api/asanito/v1/options/defaults', signal), enabled: may });
  if (!may) return <p className="note flush">{t('mappings.defaults_by_admin')}</p>;
  return <Load query={query} rows={3}>{(topic) => <Topic key={topic.version} service="asanito" topic={topic} />}</Load>;
}
