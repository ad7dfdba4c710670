import { expect, test } from 'vitest';
import en from './en/index';
import archive from './fa/archive.json';
import common from './fa/common.json';
import lists from './fa/lists.json';
import mails from './fa/mails.json';
import overview from './fa/overview.json';
import problems from './fa/problems.json';
import runs from './fa/runs.json';
import schedules from './fa/schedules.json';
import session from './fa/session.json';
import settings from './fa/settings.json';
import asanito from './fa/asanito.json';
import tools from './fa/asanito_tools.json';
import it from './it/index';

type Tree = { [key: string]: string | Tree };

function flatten(tree: unknown, path = ''): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(tree as Tree)) {
    if (typeof value === 'string') found.set(path + key, value);
    else for (const [inner, text] of flatten(value, `${path}${key}.`)) found.set(inner, text);
  }
  return found;
}

const english = flatten(en);
const italian = flatten(it);
const holes = (text: string | undefined) => [...new Set(text?.match(/\{\{\w+\}\}/g) ?? [])].sort();

test('every English text exists in Italian, and no other does', () => {
  // Italian has a plural form of its own, for millions.
  expect([...italian.keys()].filter((key) => english.has(key) || !key.endsWith('_many')).sort()).toEqual([...english.keys()].sort());
});

test('a translated text has the same values to fill in', () => {
  for (const [key, text] of english) expect([key, holes(italian.get(key))]).toEqual([key, holes(text)]);
});

test('no text is empty', () => {
  for (const texts of [english, italian]) for (const [key, text] of texts) expect([key, text.trim()]).not.toEqual([key, '']);
});

/** The words of Persian, without what it borrows from English. */
const persian = flatten({ archive, asanito, asanito_tools: tools, common, lists, mails, overview, problems, runs, schedules, session, settings });
/** Of the warehouse alone, which nobody runs in Persian. */
const BORROWED = /^(mails\.(kind|when)\.(no_file|import|invalid|late|stale|source_unreachable|delete_refused|success|failed|expired)$|problems\.)/;

test('every text of the shell, of the lists and of the bridge is in Persian, and no other is', () => {
  const spaces = new Set([...persian.keys()].map((key) => key.split('.')[0]));
  const wanted = [...english.keys()].filter((key) => spaces.has(key.split('.')[0]) && !BORROWED.test(key)).sort();
  expect([...persian.keys()].filter((key) => !BORROWED.test(key)).sort()).toEqual(wanted);
  // One text may serve one and many: Persian nouns stay as they are after a number.
  for (const [key, text] of persian) expect([key, holes(text).filter((hole) => hole !== '{{count}}')]).toEqual([key, holes(english.get(key)).filter((hole) => hole !== '{{count}}')]);
  for (const [key, text] of persian) expect([key, text.trim()]).not.toEqual([key, '']);
});

const sources = import.meta.glob('../**/*.{ts,tsx}', { query: '?raw', import: 'default', eager: true }) as Record<string, string>;

test('every text that the screens name exists', () => {
  const known = new Set([...english.keys()].map((key) => key.replace(/_(one|other)$/, '')));
  const missing: string[] = [];
  for (const [file, source] of Object.entries(sources)) {
    if (file.includes('.test.')) continue;
    // Each text is of the namespace that the component before it asked for; a file without one uses the common texts.
    let namespace = 'common';
    for (const [, asked, key] of source.matchAll(/useTranslation\((?:'(\w+)')?\)|\bt\('([\w:.]+)'/g)) {
      if (key === undefined) {
        namespace = asked ?? 'common';
        continue;
      }
      const path = key.includes(':') ? key.replace(':', '.') : `${namespace}.${key}`;
      if (!known.has(path)) missing.push(`${file}: ${path}`);
    }
  }
  expect(missing).toEqual([]);
});

const reference = import.meta.glob('../../../../docs/reference/errors.md', { query: '?raw', import: 'default', eager: true }) as Record<string, string>;

test('every problem code of the reference has its three-part text', () => {
  const codes = Object.values(reference).flatMap((page) => [...page.matchAll(/^\| `(\w+)`/gm)].map((row) => row[1] ?? ''));
  expect(codes.length).toBeGreaterThan(40);
  expect(codes.filter((code) => !(code in en.problems))).toEqual([]);
});

test('every problem code that is not of the warehouse alone is told in Persian', () => {
  const rows = Object.values(reference).flatMap((page) => [...page.matchAll(/^\| `(\w+)`.*\| ([^|]+) \|$/gm)]);
  const codes = rows.filter(([, , where]) => !where?.trim().startsWith('services/invoices/')).map(([, code]) => code ?? '');
  expect(codes.length).toBeGreaterThan(40);
  expect(codes.filter((code) => !(code in problems))).toEqual([]);
});
