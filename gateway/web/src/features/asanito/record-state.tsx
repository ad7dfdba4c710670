// The seven states of a record: icon, word and colour, the same on every screen of the bridge.

import { IconCheck, IconClock, IconCopy, IconEyeOff, IconHelp, IconHourglass, IconX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { RecordState } from '@/api/asanito-types';
import type { RunState } from '@/api/types';

const LOOK: Record<RecordState, { tone: RunState; icon: typeof IconCheck }> = {
  pending: { tone: 'queued', icon: IconClock },
  synced: { tone: 'succeeded', icon: IconCheck },
  skipped: { tone: 'partial', icon: IconHourglass },
  failed: { tone: 'failed', icon: IconX },
  uncertain: { tone: 'waiting', icon: IconHelp },
  ignored: { tone: 'cancelled', icon: IconEyeOff },
  duplicate: { tone: 'cancelled', icon: IconCopy },
};

export const toneOfRecord = (state: RecordState): RunState => LOOK[state].tone;

export function RecordBadge({ state, plain, count }: { state: RecordState; plain?: boolean; count?: number }) {
  const { t, i18n } = useTranslation('asanito');
  const { tone, icon: Icon } = LOOK[state];
  return (
    <span className={`state tone-${tone} ${plain ? 'state-plain' : ''}`} data-record-state={state}>
      <Icon size={15} stroke={2.4} aria-hidden />
      {t(`state.${state}`)}
      {count !== undefined && <span className="num">{new Intl.NumberFormat(i18n.language).format(count)}</span>}
    </span>
  );
}

/** A name as the source has it: Persian in a page from left to right, and the other way round. */
export function Name({ text }: { text: string }) {
  const { t } = useTranslation('asanito');
  return text ? <bdi className="break">{text}</bdi> : <span className="dim">{t('no_name')}</span>;
}
