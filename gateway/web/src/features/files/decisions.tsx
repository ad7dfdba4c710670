// What a person may decide about a file that was not imported by itself: accept its count, import it today, discard it.

import { Button, Textarea } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { post } from '@/api/client';
import type { InvoiceFile } from '@/api/invoices-types';
import { Confirm } from '@/components/confirm';
import { useMay } from '@/features/session/me';
import { useDraft } from '@/lib/draft';

type Decision = 'accept' | 'import' | 'discard';

const POSSIBLE: Record<string, Decision[]> = { held: ['accept', 'discard'], late: ['import', 'discard'], stale: ['import', 'discard'] };

export function FileDecisions({ file }: { file: InvoiceFile }) {
  const { t, i18n } = useTranslation('files');
  const client = useQueryClient();
  const may = useMay()('invoices', 'operator');
  const [asking, setAsking] = useState<Decision | null>(null);
  const [note, setNote, clear] = useDraft(`discard.${file.id}`, '');
  const number = new Intl.NumberFormat(i18n.language);
  const possible = may ? (POSSIBLE[file.state] ?? []) : [];
  if (possible.length === 0) return null;
  const decide = async (decision: Decision) => {
    await post(`/api/invoices/v1/files/${file.id}/${decision}`, decision === 'discard' ? { reason: note.trim() } : undefined);
    clear();
    await Promise.all([client.invalidateQueries({ queryKey: ['invoices'] }), client.invalidateQueries({ queryKey: ['attention'] })]);
  };
  return (
    <>
      {possible.map((decision) => (
        <Button key={decision} size="md" variant={decision === 'discard' ? 'default' : 'filled'} onClick={() => setAsking(decision)}>{t(`decision.${decision}`)}</Button>
      ))}
      <Confirm
        opened={asking !== null} onClose={() => setAsking(null)} title={t(`decision.${asking ?? 'accept'}`)} action={t(`decision.${asking ?? 'accept'}`)} danger={asking === 'discard'}
        onConfirm={() => decide(asking ?? 'accept')} disabled={asking === 'discard' && note.trim().length < 3}
      >
        <p className="flush strong mono break">{file.name}</p>
        <p className="flush">{t(`decision.means_${asking ?? 'accept'}`, { records: number.format(file.records ?? 0), declared: number.format(file.declared ?? 0) })}</p>
        {asking === 'discard' && <Textarea label={t('decision.note')} size="md" autosize minRows={2} maxLength={500} value={note} onChange={(event) => setNote(event.currentTarget.value)} data-autofocus />}
      </Confirm>
    </>
  );
}
