// The three-part text of a problem code, in the language of the person; the server's own sentence when there is none.

import { useTranslation } from 'react-i18next';
import type { Problem } from '@/api/types';
import { formatInstant } from './time';

export interface ProblemText {
  happened: string;
  means: string;
  act: string;
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;

export function useProblemText(zone?: string): (problem: Pick<Problem, 'code' | 'detail' | 'params'>) => ProblemText {
  const { t, i18n } = useTranslation('problems');
  return (problem) => {
    const values = readable(problem.params ?? {}, i18n.language, zone);
    const part = (name: string) => {
      const key = `${problem.code}.${name}`;
      if (!i18n.exists(key, { ns: 'problems' })) return '';
      const text = t(key, { ...values, detail: problem.detail });
      // A value that this server did not send would leave a hole: its own sentence is better.
      return text.includes('{{') ? '' : text;
    };
    const happened = part('happened') || problem.detail || t('unknown.happened');
    return { happened, means: part('means'), act: part('act') };
  };
}

function readable(params: Record<string, unknown>, language: string, zone?: string): Record<string, unknown> {
  const entries = Object.entries(params).map(([key, value]) => [key, readableValue(value, language, zone)] as const);
  return Object.fromEntries(entries);
}

function readableValue(value: unknown, language: string, zone?: string): unknown {
  if (typeof value === 'number' || typeof value === 'bigint') return new Intl.NumberFormat(language).format(value);
  if (typeof value === 'string' && INSTANT.test(value)) {
    return formatInstant(value, zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone, language, 'minute');
  }
  if (Array.isArray(value)) return value.join(', ');
  return value ?? '';
}
