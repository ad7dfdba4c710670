// The seven marks of the day.

import { IconCheck, IconCircle, IconLoader2, IconX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Session } from '@/api/invoices-types';
import { marks, STEPS, type Mark } from './steps';

const LOOK: Record<Mark, { tone: string; icon: typeof IconCheck }> = {
  done: { tone: 'succeeded', icon: IconCheck },
  now: { tone: 'running', icon: IconLoader2 },
  todo: { tone: 'queued', icon: IconCircle },
  failed: { tone: 'failed', icon: IconX },
};

export function DayLine({ session }: { session: Session }) {
  const { t } = useTranslation('warehouse');
  const of = marks(session);
  return (
    <ol className="day-line" aria-label={t('steps')}>
      {STEPS.map((step) => {
        const mark = of[step];
        const { tone, icon: Icon } = LOOK[mark];
        return (
          <li key={step} className={`tone-${tone}`} data-step={step} data-mark={mark} aria-current={mark === 'now' ? 'step' : undefined}>
            <span className="day-mark"><Icon size={mark === 'todo' ? 10 : 16} stroke={2.6} aria-hidden className={mark === 'now' ? 'spin' : undefined} /></span>
            <span className="day-word">{t(`step.${step}`)}</span>
            <span className="offscreen">{t(`mark.${mark}`)}</span>
          </li>
        );
      })}
    </ol>
  );
}
