// Jobs and connections are called by words of the reader's language.

import i18n from 'i18next';
import { expect, test } from 'vitest';
import italian from '@/i18n/it/warehouse.json';
import { wordFor } from './service-words';

test('a job of the warehouse has its words in each language, an unknown one those of its service', () => {
  i18n.addResourceBundle('it', 'warehouse', italian);
  const told = (language: string, service: string, name: string) => wordFor(i18n.getFixedT(language), service, 'job', { name, title: 'Its own' });
  expect(told('en', 'invoices', 'imports.pick_up')).toBe('Check inbox');
  expect(told('it', 'invoices', 'imports.pick_up')).toBe("Controllo dell'arrivo");
  expect(told('it', 'invoices', 'not.known')).toBe('Its own');
  expect(told('it', 'elsewhere', 'imports.pick_up')).toBe('Its own');
});
