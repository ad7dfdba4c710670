// What values of the source mean in Asanito.

import { useTranslation } from 'react-i18next';
import { Screen } from '@/components/screen';

export function MappingsScreen() {
  const { t } = useTranslation();
  return <Screen title={t('nav.mappings')}>{null}</Screen>;
}
