// How far the bridge is: records by kind, the jobs, what asks a person.

import { useTranslation } from 'react-i18next';
import { Screen } from '@/components/screen';

export function Dashboard() {
  const { t } = useTranslation();
  return <Screen title={t('nav.bridge')}>{null}</Screen>;
}
