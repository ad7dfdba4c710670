// How a value of the source is called: some are codes that this console knows, the others stand for themselves.

import { useTranslation } from 'react-i18next';

export function useSourceWords(): (type: string, sourceId: string, name?: string) => string {
  const { t, i18n } = useTranslation('asanito_tools');
  return (type, sourceId, name) => {
    if (sourceId === '') return t('mappings.no_value');
    const key = `value.${type}.${sourceId}`;
    if (i18n.exists(key, { ns: 'asanito_tools' })) return t(key);
    return name || sourceId;
  };
}
