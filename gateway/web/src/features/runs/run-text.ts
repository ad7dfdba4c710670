// One line under a run's name: why it is as it is. By reason code in the language of the person, else the server's sentence.

import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import type { Run } from '@/api/types';

export function useRunText(): (run: Run) => string {
  const { t, i18n } = useTranslation('runs');
  return useCallback(
    (run) => {
      if (run.cancel_requested_at && run.state === 'running') return t('stopping', { by: run.cancel_requested_by ?? '' });
      if (run.message) return run.message;
      const code = run.reason_code ?? run.error?.code;
      const key = `problems:${code ?? ''}.happened`;
      if (code && i18n.exists(key)) {
        const said = t(key, { ...(run.error?.params ?? {}) });
        if (!said.includes('{{')) return said;
      }
      return run.error?.detail ?? (code ? code.replaceAll('_', ' ') : '');
    },
    [t, i18n],
  );
}
