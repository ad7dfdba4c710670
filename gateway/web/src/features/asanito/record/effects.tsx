// What was done to Asanito for a record, newest first, each with its evidence.

import { IconCheck, IconHelp, IconMinus, IconSend } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { RecordEffect } from '@/api/asanito-types';
import { JsonView } from '@/components/json-view';
import { Time } from '@/components/zone';
import { RunLink } from '@/features/runs/run-detail';
import { SERVICE } from '../queries';

const LOOK = {
  planned: { tone: 'running', icon: IconSend },
  confirmed: { tone: 'succeeded', icon: IconCheck },
  absent: { tone: 'cancelled', icon: IconMinus },
  uncertain: { tone: 'waiting', icon: IconHelp },
} as const;

export function RecordEffects({ effects }: { effects: RecordEffect[] }) {
  const { t } = useTranslation('asanito');
  if (effects.length === 0) return <p className="flush dim">{t('effects.none')}</p>;
  return (
    <ul className="plain stack-s">
      {effects.map((effect) => {
        const { tone, icon: Icon } = LOOK[effect.state];
        return (
          <li key={effect.id} className={`card card-pad stack-s tone-${tone}`} data-effect={effect.state}>
            <div className="spread">
              <div className="row">
                <span className="state"><Icon size={14} stroke={2.4} aria-hidden />{t(`runs:effect.${effect.state}`)}</span>
                <span className="strong">{t(`effects.op.${effect.op}`, { defaultValue: effect.op.replaceAll('_', ' ') })}</span>
                <span className="small"><RunLink service={SERVICE} id={effect.run_id} /></span>
              </div>
              <Time at={effect.settled_at ?? effect.planned_at} style="full" />
            </div>
            {effect.detail && <p className="flush break"><bdi>{effect.detail}</bdi></p>}
            {effect.resolved_by && <p className="flush small dim">{t('runs:effect.resolved', { by: effect.resolved_by, note: effect.note })}</p>}
            {Object.keys(effect.evidence).length > 0 && (
              <details>
                <summary className="small">{t('runs:effect.evidence')}</summary>
                <JsonView value={effect.evidence} label={t('runs:effect.evidence')} />
              </details>
            )}
          </li>
        );
      })}
    </ul>
  );
}
