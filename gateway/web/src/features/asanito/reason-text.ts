// Why a record is where it is, in three parts, in the language of the person; the server's own sentence stands below.

import { useTranslation } from 'react-i18next';
import type { SyncRecord } from '@/api/asanito-types';

export interface ReasonText {
  happened: string;
  means: string;
  act: string;
  /** The server's sentence, unless the text says the same. */
  detail: string;
}

type Told = Pick<SyncRecord, 'state' | 'reason_code' | 'message' | 'params'>;

export function useReasonText(): (record: Told) => ReasonText {
  const { t, i18n } = useTranslation('asanito');
  return ({ state, reason_code: code, message, params }) => {
    // A default has no value of the source.
    const values = Object.fromEntries(Object.entries({ source_id: '', ...params }).map(([name, value]) => [name, words(name, value)]));
    const part = (name: string) => {
      const key = code && i18n.exists(`asanito:reason.${code}.${name}`) ? `reason.${code}.${name}` : `state_text.${state}.${name}`;
      if (!i18n.exists(`asanito:${key}`)) return '';
      const text = t(key, values);
      return text.includes('{{') ? '' : text;
    };
    const happened = part('happened') || t(`state.${state}`);
    return { happened, means: part('means'), act: part('act'), detail: message === happened ? '' : message };
  };

  function words(name: string, value: unknown): string {
    if (Array.isArray(value)) return value.join(', ');
    if (name === 'what' && typeof value === 'string') return t(`what.${value}`, { defaultValue: value });
    if (name === 'map_type' && typeof value === 'string') return t(`map_type.${value}`, { defaultValue: value });
    return String(value ?? '');
  }
}

/** The short name of a reason, as in a filter or a tile; the overview has those of which it tells. */
export function useReasonName(): (code: string) => string {
  const { t, i18n } = useTranslation('asanito');
  return (code) => t(i18n.exists(`asanito:reason_name.${code}`) ? `reason_name.${code}` : `overview:record.reason.${code}`, { defaultValue: code.replaceAll('_', ' ') });
}
