// One record with all that is known of it.

import { useTranslation } from 'react-i18next';
import { Screen } from '@/components/screen';

export function RecordPage() {
  const { t } = useTranslation();
  return <Screen title={t('nav.records')}>{null}</Screen>;
}
