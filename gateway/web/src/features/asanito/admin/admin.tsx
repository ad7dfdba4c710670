// What an administrator does with the bridge as a whole.

import { useTranslation } from 'react-i18next';
import { Screen } from '@/components/screen';

export function Admin() {
  const { t } = useTranslation();
  return <Screen title={t('nav.bridge_admin')}>{null}</Screen>;
}
