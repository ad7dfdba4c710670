// Who did something: a person's name, or Portico itself.

import { useTranslation } from 'react-i18next';

export function useBy(): (name: string | null | undefined) => string {
  const { t } = useTranslation('warehouse');
  return (name) => (!name || name === 'system' ? t('the_system') : name);
}
