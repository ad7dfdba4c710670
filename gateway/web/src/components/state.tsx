// The seven states, the same on every screen: icon, word and colour.

import { IconCheck, IconCircleDashedCheck, IconClock, IconHandStop, IconLoader2, IconSquare, IconX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { RunState } from '@/api/types';

const ICONS = {
  queued: IconClock,
  running: IconLoader2,
  waiting: IconHandStop,
  succeeded: IconCheck,
  partial: IconCircleDashedCheck,
  failed: IconX,
  cancelled: IconSquare,
} as const;

interface Props {
  state: RunState;
  /** Other words for the same state ("Session open"). */
  label?: string;
  plain?: boolean;
}

export function StateBadge({ state, label, plain }: Props) {
  const { t } = useTranslation();
  return (
    <span className={`state tone-${state} ${plain ? 'state-plain' : ''}`} data-state={state}>
      <StateIcon state={state} />
      {label ?? t(`state.${state}`)}
    </span>
  );
}

export function StateIcon({ state, size = 15 }: { state: RunState; size?: number }) {
  const Icon = ICONS[state];
  return <Icon size={size} stroke={2.4} aria-hidden className={state === 'running' ? 'spin' : undefined} />;
}
