// Cron expressions in plain words. The library is loaded when first needed.

import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { PSEUDO } from '@/i18n';

type Construe = { toString: (expression: string, options: Record<string, unknown>) => string };

async function load(language: string): Promise<(cron: string) => string> {
  const library = (await import('cronstrue')) as unknown as { default: Construe & { default?: Construe } };
  // @ts-expect-error The locales of the library come without types.
  if (language === 'it') await import('cronstrue/locales/it');
  // @ts-expect-error The locales of the library come without types.
  if (language === 'fa') await import('cronstrue/locales/fa');
  const digits = new Intl.NumberFormat(language);
  const construe = library.default.default ?? library.default;
  const marked = language === PSEUDO ? (await import('@/i18n/pseudo')).pseudo : (words: string) => words.replaceAll(/\d/g, (digit) => digits.format(Number(digit)));
  return (cron) => {
    try {
      return marked(construe.toString(cron, { locale: language === PSEUDO ? 'en' : language, use24HourTimeFormat: true, verbose: false, throwExceptionOnParseError: true }));
    } catch {
      return cron;
    }
  };
}

/** Says a cron line in words; until the words are there, the line itself. */
export function useCronWords(): (cron: string) => string {
  const { i18n } = useTranslation();
  const words = useQuery({ queryKey: ['cron-words', i18n.language], queryFn: async () => ({ say: await load(i18n.language) }), staleTime: Number.POSITIVE_INFINITY });
  return words.data?.say ?? ((cron) => cron);
}
