// A problem in three parts: what happened, what it means, what can be done; the codes small below.

import { Button } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '@/api/client';
import type { Problem } from '@/api/types';
import { useProblemText } from '@/lib/problem-text';
import { Copy } from './copy';

interface Props {
  error: unknown;
  onRetry?: () => void;
  /** In which zone its times are told; the browser's when left out. */
  zone?: string;
  children?: React.ReactNode;
}

export const problemOf = (error: unknown): Problem =>
  error instanceof ApiError
    ? error.problem
    : { type: 'about:blank', title: '', status: 0, code: 'console_error', instance: '', request_id: '', detail: error instanceof Error ? error.message : String(error), params: {}, errors: [] };

export function ProblemView({ error, onRetry, zone, children }: Props) {
  const { t } = useTranslation();
  const problem = problemOf(error);
  const text = useProblemText(zone)(problem);
  // Lines of a file are shown by whoever asked about the file, as a table.
  const errors = problem.errors.filter((item) => !item.pointer.startsWith('/file/lines/'));
  return (
    <div className="problem tone-failed" role="alert" data-code={problem.code}>
      <IconAlertTriangle size={20} aria-hidden />
      <div>
        <p className="happened">{text.happened}</p>
        {text.means && <p>{text.means}</p>}
        {text.act && <p>{text.act}</p>}
        {errors.length > 0 && (
          <ul>
            {errors.slice(0, 20).map((item) => (
              <li key={`${item.pointer}${item.code}${item.detail}`}>
                {item.pointer && <span className="mono">{item.pointer}</span>} {item.detail}
              </li>
            ))}
          </ul>
        )}
        {children}
        {onRetry && (
          <Button mt={8} size="xs" variant="default" onClick={onRetry}>
            {t('try_again')}
          </Button>
        )}
        <div className="codes">
          <span className="mono">{problem.code}</span>
          {problem.request_id && <Copy text={problem.request_id} label={t('request_id')} />}
        </div>
      </div>
    </div>
  );
}
