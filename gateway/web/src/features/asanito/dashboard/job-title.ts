// The name of a job in the language of the person; the service's own when there is none.

import { useTranslation } from 'react-i18next';

export function useJobTitle(): (name: string, title?: string) => string {
  const { t } = useTranslation('asanito');
  return (name, title) => t(`job.${name}`, { defaultValue: title ?? name });
}
