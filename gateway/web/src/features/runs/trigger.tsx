// Who or what started a run, in words.

import { useTranslation } from 'react-i18next';
import type { TFunction } from 'i18next';
import type { Run } from '@/api/types';

export function triggerWords(t: TFunction, run: Pick<Run, 'trigger'>): string {
  const { type, by } = run.trigger;
  return by ? t(`runs:trigger_by.${type}`, { by, defaultValue: `${type} · ${by}` }) : t(`runs:trigger.${type}`, { defaultValue: type });
}

export function TriggerText({ run }: { run: Pick<Run, 'trigger'> }) {
  const { t } = useTranslation();
  return <span>{triggerWords(t, run)}</span>;
}
