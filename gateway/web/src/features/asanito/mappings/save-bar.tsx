// Stays in sight while something typed is not saved, and asks before the screen is left.

import { Button, Group, Modal } from '@mantine/core';
import { useBlocker } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

interface Props {
  count: number;
  invalid: number;
  isStale: boolean;
  busy: boolean;
  onSave: () => void;
  onUndo: () => void;
}

export function SaveBar({ count, invalid, isStale, busy, onSave, onUndo }: Props) {
  const { t } = useTranslation('asanito_tools');
  // Filters and pages of the same table lose nothing: only another screen asks.
  const blocker = useBlocker({ shouldBlockFn: ({ current, next }) => current.pathname !== next.pathname, enableBeforeUnload: true, withResolver: true });
  return (
    <div className="bulk card" role="region" aria-label={t('unsaved.label')}>
      <span className="strong">{t('unsaved.count', { count })}</span>
      <span className="dim small">{invalid ? t('unsaved.invalid', { count: invalid }) : t('unsaved.kept')}</span>
      <Button size="md" loading={busy} disabled={invalid > 0} onClick={onSave}>{t(isStale ? 'unsaved.save_mine' : 'unsaved.save', { count })}</Button>
      <Button size="md" variant="subtle" onClick={onUndo}>{t('unsaved.undo')}</Button>
      {blocker.status === 'blocked' && (
        <Modal opened onClose={blocker.reset} title={t('unsaved.leave_title')} closeButtonProps={{ 'aria-label': t('common:close') }}>
          <div className="stack">
            <p className="flush">{t('unsaved.leave_means', { count })}</p>
            <Group justify="flex-end" gap={8}>
              <Button variant="default" size="md" onClick={blocker.proceed}>{t('unsaved.leave')}</Button>
              <Button size="md" onClick={blocker.reset}>{t('unsaved.stay')}</Button>
            </Group>
          </div>
        </Modal>
      )}
    </div>
  );
}
