// Asks before something that cannot be undone: names the object and the count.

import { Button, Group, Modal } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useFocusBack } from '@/lib/focus-back';
import { ProblemView } from './problem';

interface Props {
  opened: boolean;
  onClose: () => void;
  title: string;
  action: string;
  danger?: boolean;
  disabled?: boolean;
  onConfirm: () => Promise<unknown>;
  /** Instead of `onClose`, when it worked: to go on somewhere else. */
  onDone?: () => void;
  children: ReactNode;
  size?: string;
}

export function Confirm({ opened, onClose, title, action, danger, disabled, onConfirm, onDone, children, size }: Props) {
  const { t } = useTranslation();
  useFocusBack();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const close = () => {
    setError(null);
    onClose();
  };
  const submit = async (event: React.FormEvent) => {
    event.preventDefault();
    if (busy || disabled) return;
    setBusy(true);
    setError(null);
    try {
      await onConfirm();
      setError(null);
      (onDone ?? onClose)();
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal opened={opened} onClose={close} title={title} size={size} closeButtonProps={{ 'aria-label': t('close') }}>
      <form onSubmit={submit} className="stack">
        {children}
        {error !== null && <ProblemView error={error} />}
        <Group justify="flex-end" gap={8}>
          <Button variant="default" size="md" onClick={close}>
            {t('cancel')}
          </Button>
          <Button type="submit" size="md" color={danger ? 'red.9' : undefined} loading={busy} disabled={disabled}>
            {action}
          </Button>
        </Group>
      </form>
    </Modal>
  );
}
