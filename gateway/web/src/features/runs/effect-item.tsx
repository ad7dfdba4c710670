// One effect on the outside: what was done where, with its evidence. A doubtful one asks a person.

import { Button, Textarea } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { IconCheck, IconHelp, IconMinus, IconSend } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { post } from '@/api/client';
import type { Effect, Run } from '@/api/types';
import { Confirm } from '@/components/confirm';
import { Copy } from '@/components/copy';
import { JsonView } from '@/components/json-view';
import { Time } from '@/components/zone';
import { useMay } from '@/features/session/me';
import { useDraft } from '@/lib/draft';

const LOOK = {
  planned: { tone: 'running', icon: IconSend },
  confirmed: { tone: 'succeeded', icon: IconCheck },
  absent: { tone: 'cancelled', icon: IconMinus },
  uncertain: { tone: 'waiting', icon: IconHelp },
} as const;

const VERDICTS = ['happened', 'absent', 'check'] as const;

export function EffectItem({ effect, run }: { effect: Effect; run: Run }) {
  const { t } = useTranslation('runs');
  const may = useMay()(run.service, 'operator');
  const [verdict, setVerdict] = useState<(typeof VERDICTS)[number] | null>(null);
  const { tone, icon: Icon } = LOOK[effect.state] ?? LOOK.planned;
  const evidence = effect.evidence && Object.keys(effect.evidence).length > 0 ? effect.evidence : null;
  return (
    <li className={`card card-pad tone-${tone}`}>
      <div className="spread">
        <div className="row">
          <span className="state"><Icon size={14} stroke={2.4} aria-hidden />{t(`effect.${effect.state}`)}</span>
          <span className="strong">{t('effect.what', { op: effect.op, target: effect.target })}</span>
          <Copy text={effect.key} />
        </div>
        <Time at={effect.settled_at ?? effect.planned_at} style="full" />
      </div>
      {effect.detail && <p className="break">{effect.detail}</p>}
      {effect.resolved_by && <p className="small dim">{t('effect.resolved', { by: effect.resolved_by, note: effect.note })}</p>}
      {evidence && (
        <details>
          <summary className="small">{t('effect.evidence')}</summary>
          <JsonView value={evidence} label={t('effect.evidence')} />
        </details>
      )}
      {effect.state === 'uncertain' && may && (
        <div className="row effect-ask">
          <span>{t('effect.question')}</span>
          {VERDICTS.map((item) => <Button key={item} size="md" variant="default" onClick={() => setVerdict(item)}>{t(`effect.verdict_${item}`)}</Button>)}
        </div>
      )}
      {verdict && <VerdictDialog effect={effect} run={run} verdict={verdict} onClose={() => setVerdict(null)} />}
    </li>
  );
}

function VerdictDialog({ effect, run, verdict, onClose }: { effect: Effect; run: Run; verdict: string; onClose: () => void }) {
  const { t } = useTranslation('runs');
  const client = useQueryClient();
  const [note, setNote, clear] = useDraft(`verdict.${effect.id}`, '');
  return (
    <Confirm
      opened onClose={onClose} title={t(`effect.verdict_${verdict}`)} action={t(`effect.verdict_${verdict}`)}
      onConfirm={async () => {
        await post(`/api/${run.service}/v1/effects/${effect.id}/resolve`, { verdict, note: note.trim() });
        clear();
        await client.invalidateQueries({ queryKey: ['runs'] });
      }}
    >
      <p className="flush">{t(`effect.means_${verdict}`, { op: effect.op, target: effect.target, key: effect.key })}</p>
      <Textarea label={t('ask.note')} size="md" autosize minRows={2} value={note} onChange={(event) => setNote(event.currentTarget.value)} data-autofocus />
    </Confirm>
  );
}
