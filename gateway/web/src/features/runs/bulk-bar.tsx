// What can be done with the selected runs: the count first, then one answer per run.

import { Button } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Run } from '@/api/types';
import { Confirm } from '@/components/confirm';
import { actOnMany, type BulkResult } from './queries';

export function BulkBar({ chosen, onDone }: { chosen: Run[]; onDone: () => void }) {
  const { t } = useTranslation('runs');
  const client = useQueryClient();
  const [asking, setAsking] = useState<'retry' | 'cancel' | null>(null);
  const [result, setResult] = useState<BulkResult | null>(null);
  const fit = (action: 'retry' | 'cancel') => chosen.filter((run) => run.actions.includes(action));
  if (chosen.length === 0 && !result) return null;
  const act = async () => {
    if (!asking) return;
    setResult(await actOnMany(asking, fit(asking)));
    await client.invalidateQueries({ queryKey: ['runs'] });
    onDone();
  };
  return (
    <div className="bulk card" role="region" aria-label={t('bulk.label')}>
      {result ? (
        <>
          <span role="status">
            <span className="strong">{t('bulk.done', { count: result.done })}</span>
            {result.refused.length > 0 && <span className="tone-failed state state-plain"> {t('bulk.refused', { count: result.refused.length })}</span>}
          </span>
          {result.refused.slice(0, 5).map((item) => <span key={item.id} className="small dim"><span className="mono">{item.id.slice(-12)}</span> {item.detail}</span>)}
          <Button variant="default" size="md" onClick={() => setResult(null)}>{t('common:close')}</Button>
        </>
      ) : (
        <>
          <span className="strong">{t('bulk.selected', { count: chosen.length })}</span>
          {(['retry', 'cancel'] as const).map((action) => (
            <Button key={action} variant="default" size="md" disabled={fit(action).length === 0} onClick={() => setAsking(action)}>
              {t(`bulk.${action}`, { count: fit(action).length })}
            </Button>
          ))}
          <Button variant="subtle" size="md" onClick={onDone}>{t('bulk.none')}</Button>
        </>
      )}
      <Confirm
        opened={asking !== null} onClose={() => setAsking(null)} onConfirm={act} danger={asking === 'cancel'}
        title={t(`bulk.ask_${asking ?? 'retry'}`, { count: asking ? fit(asking).length : 0 })} action={t(`bulk.${asking ?? 'retry'}`, { count: asking ? fit(asking).length : 0 })}
      >
        <p className="flush">{t(`bulk.means_${asking ?? 'retry'}`)}</p>
      </Confirm>
    </div>
  );
}
