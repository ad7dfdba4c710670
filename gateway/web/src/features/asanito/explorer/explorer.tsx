// Chosen columns of the source, to look into.

import { useTranslation } from 'react-i18next';
import { Screen } from '@/components/screen';

export function Explorer() {
  const { t } = useTranslation();
  return <Screen title={t('nav.explorer')}>{null}</Screen>;
}
