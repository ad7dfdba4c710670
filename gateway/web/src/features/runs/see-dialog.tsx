// "Seen", with a note: the run leaves the list of what needs a person, with the name of who looked.

import { Textarea } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Run } from '@/api/types';
import { Confirm } from '@/components/confirm';
import { useDraft } from '@/lib/draft';
import { useSeen } from './queries';

interface SeeProps {
  run: Pick<Run, 'service' | 'id' | 'title'>;
  opened: boolean;
  onClose: () => void;
}

/** "Seen" with a note takes a failure off the badge. */
export function SeeDialog({ run, opened, onClose }: SeeProps) {
  const { t } = useTranslation('runs');
  const seen = useSeen();
  const [note, setNote, clear] = useDraft(`seen.${run.id}`, '');
  return (
    <Confirm
      opened={opened} onClose={onClose} title={t('ask.see', { title: run.title })} action={t('action.see')}
      onConfirm={async () => {
        await seen.mutateAsync({ service: run.service, id: run.id, note: note.trim() });
        clear();
      }}
    >
      <p className="flush">{t('ask.see_means')}</p>
      <Textarea label={t('ask.note')} size="md" autosize minRows={2} maxLength={1000} value={note} onChange={(event) => setNote(event.currentTarget.value)} data-autofocus />
    </Confirm>
  );
}
