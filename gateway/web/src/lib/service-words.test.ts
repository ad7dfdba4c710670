// Jobs and connections are called by words of the reader's language.

import i18n from 'i18next';
import { expect, test } from 'vitest';
import bridge from '@/i18n/fa/asanito.json';
import italian from '@/i18n/it/warehouse.json';
import { paramWords, whatOf } from './job-words';
import { wordFor } from './service-words';

test('a job of the warehouse has its words in each language, an unknown one those of its service', () => {
  i18n.addResourceBundle('it', 'warehouse', italian);
  const told = (language: string, service: string, name: string) => wordFor(i18n.getFixedT(language), service, 'job', { name, title: 'Its own' });
  expect(told('en', 'invoices', 'imports.pick_up')).toBe('Check inbox');
  expect(told('it', 'invoices', 'imports.pick_up')).toBe("Controllo dell'arrivo");
  expect(told('it', 'invoices', 'not.known')).toBe('Its own');
  i18n.addResourceBundle('fa', 'asanito', bridge);
  expect(told('fa', 'asanito', 'contacts')).toBe('مخاطبان');
  expect(told('it', 'elsewhere', 'imports.pick_up')).toBe('Its own');
});

test('what a job does and its parameters are told in words of the language, else in those of the service', () => {
  i18n.addResourceBundle('fa', 'asanito', bridge);
  const persian = i18n.getFixedT('fa');
  expect(whatOf(persian, 'asanito', { name: 'take-over', description: 'Takes over.' })).toContain('تحویل');
  expect(whatOf(persian, 'asanito', { name: 'unknown', description: 'Does it.' })).toBe('Does it.');
  expect(paramWords(persian, 'asanito').label('/limit', 'Limit')).toBe('حداکثر');
  expect(paramWords(persian, 'asanito').help('/other', 'As it says.')).toBe('As it says.');
  expect(paramWords(persian, 'elsewhere').label('/limit', 'Limit')).toBe('Limit');
});
