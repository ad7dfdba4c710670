// Records of all kinds, with what became of each.

import { useTranslation } from 'react-i18next';
import { Screen } from '@/components/screen';

export function Records() {
  const { t } = useTranslation();
  return <Screen title={t('nav.records')}>{null}</Screen>;
}
