// What can be done about a deal: open it again, or say what became of one whose answer was lost.

import { Button, NumberInput, Textarea } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { IconRefresh } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Role } from '@/api/types';
import { Confirm } from '@/components/confirm';
import { ProblemView } from '@/components/problem';
import { toast } from '@/components/toast';
import { useMay } from '@/features/session/me';
import { useDraft } from '@/lib/draft';
import { bindDeal, checkDeal, confirmDealAbsent, retryDeal, type Deal, type DealAction } from './queries';

const ROLES: Record<DealAction, Role> = { retry: 'operator', check: 'operator', bind: 'admin', confirm_absent: 'admin' };

export function DealActions({ deal }: { deal: Deal }) {
  const { t } = useTranslation('asanito_tools');
  const may = useMay();
  const client = useQueryClient();
  const [asking, setAsking] = useState<Exclude<DealAction, 'retry'> | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const possible = deal.actions.filter((action) => may('asanito', ROLES[action]));
  const retry = async () => {
    setBusy(true);
    setError(null);
    try {
      await retryDeal(deal);
      toast({ message: t('deals.retried', { title: deal.title }) });
      await client.invalidateQueries({ queryKey: ['asanito', 'deals'] });
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="stack-tight deal-actions" data-deal-actions={deal.item_key}>
      {possible.map((action) =>
        action === 'retry' ? (
          <Button key={action} size="md" variant="default" loading={busy} leftSection={<IconRefresh size={16} aria-hidden />} onClick={() => void retry()}>{t('deals.retry')}</Button>
        ) : (
          <Button key={action} size="md" variant="default" onClick={() => setAsking(action)}>{t(`deals.${action}`)}</Button>
        ),
      )}
      {error !== null && <ProblemView error={error} />}
      {asking && <SettleDialog key={asking} deal={deal} action={asking} onClose={() => setAsking(null)} />}
    </div>
  );
}

function SettleDialog({ deal, action, onClose }: { deal: Deal; action: Exclude<DealAction, 'retry'>; onClose: () => void }) {
  const { t } = useTranslation('asanito_tools');
  const client = useQueryClient();
  const [note, setNote, clear] = useDraft(`deal.${deal.item_key}.${action}`, '');
  const [id, setId] = useState<string | number>('');
  const act = async () => {
    if (action === 'check') {
      const run = await checkDeal(deal);
      toast({ message: t('deals.check_started', { title: t(`asanito:job.${run.job}`, { defaultValue: run.title }) }) });
    } else {
      if (action === 'bind') await bindDeal(deal, Number(id), note.trim());
      else await confirmDealAbsent(deal, note.trim());
      clear();
      toast({ message: t(`deals.done.${action}`, { id }) });
    }
    await Promise.all(['asanito', 'attention', 'runs'].map((key) => client.invalidateQueries({ queryKey: [key] })));
  };
  return (
    <Confirm opened onClose={onClose} onConfirm={act} title={t(`deals.${action}`)} action={t(`deals.${action}`)} disabled={action === 'bind' && !(Number(id) > 0)}>
      <p className="flush strong"><bdi>{deal.title}</bdi></p>
      <p className="flush">{t(`deals.means.${action}`)}</p>
      {action === 'bind' && (
        <NumberInput label={t('deals.bind_id')} description={t('deals.bind_help')} size="md" min={1} allowDecimal={false} allowNegative={false} hideControls value={id} onChange={setId} required withAsterisk={false} data-autofocus />
      )}
      {action !== 'check' && <Textarea label={t('lists:note')} size="md" autosize minRows={2} maxLength={500} value={note} onChange={(event) => setNote(event.currentTarget.value)} data-autofocus={action !== 'bind' || undefined} />}
    </Confirm>
  );
}
