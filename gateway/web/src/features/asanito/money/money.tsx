// Amounts on both sides, compared.

import { useTranslation } from 'react-i18next';
import { Screen } from '@/components/screen';

export function Money() {
  const { t } = useTranslation();
  return <Screen title={t('nav.money')}>{null}</Screen>;
}
