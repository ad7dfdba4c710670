// What a service calls its jobs and connections, in the reader's language. A name that has no words here keeps the service's own.

import type { TFunction } from 'i18next';

export interface Named {
  name: string;
  title: string;
}

/** Where a service keeps its words. */
export const SPACES: Record<string, string> = { invoices: 'warehouse', asanito: 'asanito' };

export function wordFor(t: TFunction, service: string, kind: 'job' | 'connection', { name, title }: Named): string {
  const space = SPACES[service];
  return space ? t(`${space}:${kind}.${name.replaceAll(/[._]/g, '-')}`, { defaultValue: title }) : title;
}

export const runTitle = (t: TFunction, run: { service: string; job: string; title: string }): string => wordFor(t, run.service, 'job', { name: run.job, title: run.title });
