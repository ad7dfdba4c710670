// The products whose sale opens a deal: found in Asanito, each with the level of a funnel where its deals begin.

import { Button } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '@/api/client';
import { ProblemView } from '@/components/problem';
import { Empty, Load } from '@/components/screen';
import { toast } from '@/components/toast';
import { useMay } from '@/features/session/me';
import { useDraft } from '@/lib/draft';
import { writeExact } from '@/lib/exact-json';
import { SaveBar } from '../mappings/save-bar';
import { FindProducts } from './products';
import { saveTriggers, triggersQuery, type TargetProduct, type Trigger } from './queries';
import { TriggerRow } from './trigger-row';

export function Triggers() {
  const { t } = useTranslation('asanito_tools');
  const query = useQuery(triggersQuery);
  return (
    <div className="stack">
      <p className="flush dim lead-text">{t('triggers.what')}</p>
      <Load query={query} rows={4}>{(saved) => <Editor saved={saved.items} etag={saved.etag} />}</Load>
    </div>
  );
}

interface Kept {
  /** As they were when the first change was made. */
  seen: Trigger[];
  items: Trigger[];
}

function Editor({ saved, etag }: { saved: Trigger[]; etag: string | null }) {
  const { t } = useTranslation('asanito_tools');
  const client = useQueryClient();
  const may = useMay()('asanito', 'operator');
  const [draft, setDraft, clear] = useDraft<Kept | null>('asanito.triggers', null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const items = draft?.items ?? saved;
  const isStale = draft !== null && writeExact(draft.seen) !== writeExact(saved);
  const set = (next: Trigger[]) => (writeExact(next) === writeExact(saved) ? clear() : setDraft({ seen: draft?.seen ?? saved, items: next }));
  const add = (product: TargetProduct) => set([...items, { asanito_product_id: product.id, product_title: product.title, product_category: '', funnel_id: null, funnel_level_id: null }]);
  // The answer to a conflict is the list as it is now beside one's own, not an error.
  useEffect(() => setError(null), [etag]);
  const save = async () => {
    setBusy(true);
    setError(null);
    try {
      client.setQueryData(triggersQuery.queryKey, await saveTriggers(items, etag));
      clear();
      toast({ message: t('triggers.saved') });
    } catch (caught) {
      if (!(caught instanceof ApiError && caught.status === 412)) setError(caught);
      await client.invalidateQueries({ queryKey: triggersQuery.queryKey });
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      {isStale && (
        <div className="problem tone-partial" role="alert">
          <span aria-hidden />
          <div>
            <p className="happened">{t('triggers.meanwhile')}</p>
            <p>{t('triggers.meanwhile_means', { names: saved.map((item) => item.product_title).join(', ') || t('clash.nothing') })}</p>
            <Button mt={8} size="md" variant="default" onClick={clear}>{t('triggers.take_theirs')}</Button>
          </div>
        </div>
      )}
      <section className="card" aria-label={t('triggers.chosen')}>
        {items.length === 0 && <Empty title={t('triggers.none')}>{t(may ? 'triggers.none_why' : 'triggers.none_viewer')}</Empty>}
        {items.map((item) => (
          <TriggerRow
            key={item.asanito_product_id} trigger={item} readOnly={!may} onChange={(next) => set(items.map((one) => (one.asanito_product_id === next.asanito_product_id ? next : one)))}
            onRemove={() => set(items.filter((one) => one.asanito_product_id !== item.asanito_product_id))}
          />
        ))}
      </section>
      {may && <FindProducts chosen={items.map((item) => item.asanito_product_id)} onAdd={add} />}
      {error !== null && <ProblemView error={error} />}
      {draft !== null && <SaveBar count={changedBetween(saved, items)} invalid={0} isStale={isStale} busy={busy} onSave={() => void save()} onUndo={clear} />}
    </>
  );
}

/** Products added, removed or given another level. */
function changedBetween(before: Trigger[], after: Trigger[]): number {
  const was = new Map(before.map((item) => [item.asanito_product_id, writeExact(item)]));
  const gone = before.filter((item) => !after.some((one) => one.asanito_product_id === item.asanito_product_id)).length;
  return gone + after.filter((item) => was.get(item.asanito_product_id) !== writeExact(item)).length;
}
