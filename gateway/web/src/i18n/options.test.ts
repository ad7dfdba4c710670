import { expect, test } from 'vitest';
import en from './en/options.json';
import it from './it/options.json';

type Fields = Record<string, { label: string; help: string }>;
type Topics = Record<string, { title: string; what: string; fields: Fields }>;

const described = import.meta.glob('../../../../services/invoices/options.py', { query: '?raw', import: 'default', eager: true }) as Record<string, string>;

/** Topic and fields as the service declares them. */
function declared(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const part of Object.values(described).join('\n').split(/^class /m).slice(1)) {
    const topic = /name="(\w+)"/.exec(part)?.[1];
    if (topic) found.set(topic, [...part.matchAll(/^ {4}(\w+): .*=/gm)].map((match) => match[1] ?? ''));
  }
  return found;
}

test('every option of the invoices has its words in every language', () => {
  const topics = declared();
  expect([...topics.keys()]).toEqual(['site', 'pick_up', 'view', 'dispatch', 'mail', 'shadow']);
  for (const words of [en.invoices, it.invoices] as unknown as Topics[]) {
    expect([...topics].map(([topic, fields]) => [topic, [...fields].sort()])).toEqual([...topics.keys()].map((topic) => [topic, Object.keys(words[topic]?.fields ?? {}).sort()]));
  }
});
