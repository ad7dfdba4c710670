// A service's health as a mark of its own shape, with the words for it.

import { Tooltip } from '@mantine/core';
import { IconCircleFilled, IconHelpCircle, IconTriangleFilled, IconX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { ServiceHealth } from '@/api/types';

const LOOK = {
  ready: { tone: 'succeeded', icon: IconCircleFilled, size: 11 },
  degraded: { tone: 'partial', icon: IconTriangleFilled, size: 12 },
  unavailable: { tone: 'failed', icon: IconX, size: 16 },
  unknown: { tone: 'cancelled', icon: IconHelpCircle, size: 15 },
} as const;

export function HealthDot({ health }: { health: ServiceHealth | undefined }) {
  const { t } = useTranslation();
  const status = health?.status && health.status in LOOK ? health.status : 'unknown';
  const { tone, icon: Icon, size } = LOOK[status];
  const failing = Object.entries(health?.checks ?? {}).filter(([, check]) => !check.ok).map(([name]) => name);
  const text = t(`health.${status}`) + (failing.length ? `: ${failing.join(', ')}` : '');
  return (
    <Tooltip label={text}>
      <span className={`dot tone-${tone}`} data-health={status}>
        <Icon size={size} stroke={3} aria-hidden />
        <span className="offscreen">{text}</span>
      </span>
    </Tooltip>
  );
}
