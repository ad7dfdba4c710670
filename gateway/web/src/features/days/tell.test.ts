import { expect, test } from 'vitest';
import type { Entry } from '@/api/invoices-types';
import { explain, sentenceOf, toneOfEntry, withoutEchoes } from './tell';

const entry = (more: Partial<Entry>): Entry => ({ at: '2026-11-20T08:00:00Z', until: null, kind: 'run', code: 'succeeded', title: '', detail: '', by: null, count: null, link: '', ...more });

test('what the session tells by itself is not told again by the audit', () => {
  const started = entry({ kind: 'session', code: 'started', by: 'M. Rossi' });
  const echo = entry({ kind: 'audit', code: 'session.started', detail: 'done', at: '2026-11-20T08:00:01Z' });
  const earlier = entry({ kind: 'audit', code: 'session.started', detail: 'done', at: '2026-11-20T07:00:00Z' });
  const refused = entry({ kind: 'audit', code: 'session.started', detail: 'refused' });
  expect(withoutEchoes([earlier, started, echo, refused])).toEqual([earlier, started, refused]);
});

test('a change of settings is told, whatever else happened', () => {
  const change = entry({ kind: 'audit', code: 'options.changed', detail: 'done', title: 'options/site' });
  expect(withoutEchoes([change])).toEqual([change]);
  expect(sentenceOf(change)).toBe('audit.options_changed');
});

test('an end that was reached is good, one by force is not', () => {
  const closed = (detail: string) => entry({ kind: 'session', code: 'closed', detail });
  expect([toneOfEntry(closed('completed')), toneOfEntry(closed('forced'))]).toEqual(['succeeded', 'cancelled']);
  expect([sentenceOf(closed('expired')), sentenceOf(closed('forced'))]).toEqual(['session.closed_expired', 'session.closed_forced']);
});

test('a doubt needs a person', () => {
  expect(toneOfEntry(entry({ kind: 'effect', code: 'uncertain' }))).toBe('waiting');
});

test('a day without a session is explained', () => {
  const mail = entry({ kind: 'mail', code: 'sent', title: 'no_file' });
  const held = entry({ kind: 'file', code: 'held' });
  expect(explain(true, [], '2026-11-20', '2026-11-20')).toBeNull();
  expect(explain(false, [], '2026-11-21', '2026-11-20')).toBe('to_come');
  expect(explain(false, [], '2026-11-15', '2026-11-20')).toBe('quiet');
  expect(explain(false, [mail], '2026-11-16', '2026-11-20')).toBe('alerted');
  expect(explain(false, [held, mail], '2026-11-16', '2026-11-20')).toBe('not_imported');
});
