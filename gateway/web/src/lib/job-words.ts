// What a job does and what its parameters are called, in the reader's language.

import type { TFunction } from 'i18next';
import { SCHEMA_WORDS, type FormWords } from '@/components/form-words';
import { SPACES } from './service-words';

/** What a job does, by its name; its own sentence where there are no words. */
export function whatOf(t: TFunction, service: string, { name, description }: { name: string; description: string }): string {
  const space = SPACES[service];
  return space ? t(`${space}:job_what.${name.replaceAll(/[._]/g, '-')}`, { defaultValue: description }) : description;
}

/** The words of a job's parameters; the schema's own where there are none. */
export function paramWords(t: TFunction, service: string): FormWords {
  const space = SPACES[service];
  if (!space) return SCHEMA_WORDS;
  const said = (pointer: string, part: string, given: string) => t(`${space}:param.${pointer.slice(1)}.${part}`, { defaultValue: given });
  return { ...SCHEMA_WORDS, label: (pointer, given) => said(pointer, 'label', given), help: (pointer, given) => said(pointer, 'help', given ?? '') || given };
}
