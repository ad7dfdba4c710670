// What a person may decide about a file that was not imported by itself: accept its count, import it today, discard it.

import { Button, Checkbox, Textarea } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError, post } from '@/api/client';
import type { InvoiceFile } from '@/api/invoices-types';
import { Confirm } from '@/components/confirm';
import { useMay } from '@/features/session/me';
import { sessionQuery } from '@/features/warehouse/session-query';
import { useDraft } from '@/lib/draft';
import { formatDay } from '@/lib/time';

type Decision = 'accept' | 'import' | 'discard';

const POSSIBLE: Record<string, Decision[]> = { held: ['accept', 'discard'], late: ['import', 'discard'], stale: ['import', 'discard'], invalid: ['discard'] };

/** What happens besides: to the copy in the inbox, whether it can be undone, who is told. */
function consequences(file: InvoiceFile, shadow: boolean): string[] {
  return [...(file.source === 'ftp' ? [shadow ? 'shadow' : 'inbox'] : []), 'undo', 'mail'];
}

export function FileDecisions({ file }: { file: InvoiceFile }) {
  const { t, i18n } = useTranslation('files');
  const client = useQueryClient();
  const may = useMay()('invoices', 'operator');
  const [asking, setAsking] = useState<Decision | null>(null);
  const [note, setNote, clear] = useDraft(`discard.${file.id}`, '');
  // A file of another day whose count is wrong as well: the first press tells, the second may accept that, too.
  const [miscounted, setMiscounted] = useState(false);
  const [accepted, setAccepted] = useState(false);
  const session = useQuery({ ...sessionQuery, enabled: asking !== null }).data;
  const number = new Intl.NumberFormat(i18n.language);
  const possible = may ? (POSSIBLE[file.state] ?? []) : [];
  if (possible.length === 0) return null;
  const decide = async (decision: Decision) => {
    const choice = decision === 'import' && accepted ? '?accept_count=true' : '';
    try {
      await post(`/api/invoices/v1/files/${file.id}/${decision}${choice}`, decision === 'discard' ? { reason: note.trim() } : undefined);
    } catch (error) {
      setMiscounted(decision === 'import' && error instanceof ApiError && error.code === 'count_mismatch');
      throw error;
    }
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
        <p className="flush">
          {t(`decision.means_${asking === 'discard' && file.records === null ? 'discard_unread' : (asking ?? 'accept')}`, {
            records: number.format(file.records ?? 0), declared: number.format(file.declared ?? 0),
            today: session ? formatDay(session.business_date, i18n.language, 'date') : '…', day: formatDay(file.business_date, i18n.language, 'date'),
          })}
        </p>
        <ul className="flush">
          {consequences(file, session?.shadow ?? false).map((name) => <li key={name}>{t(`decision.${asking === 'discard' ? 'discard' : 'take'}_${name}`)}</li>)}
        </ul>
        {miscounted && asking === 'import' && <Checkbox size="md" label={t('decision.accept_too')} checked={accepted} onChange={(event) => setAccepted(event.currentTarget.checked)} />}
        {asking === 'discard' && <Textarea label={t('decision.note')} size="md" autosize minRows={2} maxLength={500} value={note} onChange={(event) => setNote(event.currentTarget.value)} data-autofocus />}
      </Confirm>
    </>
  );
}
