import { expect, test } from 'vitest';
import en from './en/options.json';
import fa from './fa/options.json';
import it from './it/options.json';

type Fields = Record<string, { label: string; help: string }>;
type Topics = Record<string, { title: string; what: string; fields: Fields }>;

const described = import.meta.glob('../../../../services/*/options.py', { query: '?raw', import: 'default', eager: true }) as Record<string, string>;

/** Topic and fields as the service declares them. */
function declared(service: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const source = Object.entries(described).find(([path]) => path.includes(`/${service}/`))?.[1] ?? '';
  for (const part of source.split(/^class /m).slice(1)) {
    const topic = /name="(\w+)"/.exec(part)?.[1];
    if (topic) found.set(topic, [...part.matchAll(/^ {4}(\w+): .*=/gm)].map((match) => match[1] ?? ''));
  }
  return found;
}

function expectWords(topics: Map<string, string[]>, words: Topics): void {
  expect([...topics].map(([topic, fields]) => [topic, [...fields].sort()])).toEqual([...topics.keys()].map((topic) => [topic, Object.keys(words[topic]?.fields ?? {}).sort()]));
}

test('every option of the invoices has its words in every language of its people', () => {
  const topics = declared('invoices');
  expect([...topics.keys()]).toEqual(['site', 'pick_up', 'view', 'dispatch', 'mail', 'shadow']);
  for (const words of [en.invoices, it.invoices] as unknown as Topics[]) expectWords(topics, words);
});

test('every option of the Asanito bridge has its words in every language', () => {
  const topics = declared('asanito');
  expect([...topics.keys()]).toEqual(['source', 'start_points', 'target', 'sync', 'defaults', 'mail']);
  for (const words of [en.asanito, it.asanito, fa.asanito] as unknown as Topics[]) expectWords(topics, words);
});
