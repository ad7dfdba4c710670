// One product that opens deals: the funnel by its number, its level from those that Asanito names.

import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconX } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { problemOf } from '@/components/problem';
import { asciiDigits } from '../mappings/draft';
import { levelsQuery, type Trigger } from './queries';

interface Props {
  trigger: Trigger;
  readOnly: boolean;
  onChange: (trigger: Trigger) => void;
  onRemove: () => void;
}

const PAUSE_MILLISECONDS = 400;

export function TriggerRow({ trigger, readOnly, onChange, onRemove }: Props) {
  const { t } = useTranslation('asanito_tools');
  const asked = usePaused(trigger.funnel_id);
  const levels = useQuery({ ...levelsQuery(asked), enabled: asked !== null && !readOnly });
  const level = trigger.funnel_level_id;
  const known = levels.data ?? [];
  const setFunnel = (typed: string) => {
    const digits = asciiDigits(typed).replaceAll(/\D/g, '').slice(0, 9);
    onChange({ ...trigger, funnel_id: Number(digits) || null, funnel_level_id: null });
  };
  // The saved level is shown even while its name is not known.
  const unnamed = level !== null && !known.some((one) => one.id === level) ? [{ value: String(level), label: t('triggers.level_id', { id: level }) }] : [];
  const isUnknown = levels.isError ? problemOf(levels.error).code === 'remote_not_found' : levels.data?.length === 0;
  const why = isUnknown ? t('triggers.no_levels') : levels.isError ? t('triggers.levels_away') : undefined;
  return (
    <div className="list-row trigger-row" data-trigger={trigger.asanito_product_id}>
      <div className="stack-tight">
        <bdi className="strong break">{trigger.product_title || t('triggers.untitled')}</bdi>
        <span className="dim small">{t('triggers.product_id', { id: trigger.asanito_product_id })}</span>
        {level === null && <span className="small tone-text tone-partial">{t('triggers.waits')}</span>}
      </div>
      <TextInput size="md" dir="ltr" inputMode="numeric" label={t('triggers.funnel')} value={trigger.funnel_id ?? ''} readOnly={readOnly} onChange={(event) => setFunnel(event.currentTarget.value)} />
      <div>
        <NativeSelect
          size="md" label={t('triggers.level')} value={level ?? ''} disabled={readOnly || trigger.funnel_id === null || (!known.length && !unnamed.length)} error={why}
          onChange={(event) => onChange({ ...trigger, funnel_level_id: Number(event.currentTarget.value) || null })}
          data={[{ value: '', label: levels.isFetching ? t('triggers.asking') : t('triggers.choose_level') }, ...unnamed, ...known.map((one) => ({ value: String(one.id), label: one.title }))]}
        />
        {levels.isError && !isUnknown && <Button size="xs" variant="subtle" onClick={() => void levels.refetch()}>{t('common:try_again')}</Button>}
      </div>
      {!readOnly && <Button size="md" variant="default" leftSection={<IconX size={16} aria-hidden />} aria-label={t('triggers.remove_named', { title: trigger.product_title })} onClick={onRemove}>{t('triggers.remove')}</Button>}
    </div>
  );
}

/** The number, once nobody types at it any more: Asanito is not asked for 1, 12 and 123. */
function usePaused(value: number | null): number | null {
  const [paused, setPaused] = useState(value);
  useEffect(() => {
    const wait = setTimeout(() => setPaused(value), PAUSE_MILLISECONDS);
    return () => clearTimeout(wait);
  }, [value]);
  return paused === value ? value : null;
}
