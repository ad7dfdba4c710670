// Deals, and the products that make one.

import { useTranslation } from 'react-i18next';
import { Screen } from '@/components/screen';

export function Deals() {
  const { t } = useTranslation();
  return <Screen title={t('nav.deals')}>{null}</Screen>;
}
