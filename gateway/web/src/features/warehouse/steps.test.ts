import { expect, test } from 'vitest';
import type { Session } from '@/api/invoices-types';
import { marks, toneOf } from './steps';

export const session = (change: Partial<Session> = {}): Session => {
  const no = { enabled: false, code: null, why: null, needs_force: false };
  return {
    business_date: '2026-11-20', state: 'none', step: null, reason: null, processed: 0, total: 0, generated: null, ignored: 0, rejected: 0, not_found: 0, in_past: 0,
    already_sent: 0, files: [], started_by: null, started_at: null, closed_by: null, closed_at: null, attempt: 0, last_checked_at: null, stale: false,
    buttons: { start: no, check: no, close: no, upload: no }, text: '', error: null, read_count: null, incomplete: 0, uploaded_at: null, verified_at: null,
    confirmed_by: null, confirmed_note: null, closing: false, expired: false, run_id: null, remote_name: null, log_line: null, version: 1, ...change,
  } as Session;
};
const line = (change: Partial<Session>) => Object.values(marks(session(change))).join(' ');

test('the day moves from mark to mark', () => {
  expect(line({ state: 'none' })).toBe('todo todo todo todo todo todo todo');
  expect(line({ state: 'ready' })).toBe('done done done todo todo todo todo');
  expect(line({ state: 'opening', step: 'uploading' })).toBe('done done done now todo todo todo');
  expect(line({ state: 'opening', step: 'verifying' })).toBe('done done done done now todo todo');
  expect(line({ state: 'open' })).toBe('done done done done done now todo');
  expect(line({ state: 'closed', reason: 'completed' })).toBe('done done done done done done done');
});

test('a failure is marked where it happened', () => {
  expect(line({ state: 'failed', reason: 'upload_failed' })).toBe('done done done failed todo todo todo');
  expect(line({ state: 'failed', reason: 'log_timeout' })).toBe('done done done done failed todo todo');
});

test('a day closed by force is closed, and shows what was not reached', () => {
  expect(line({ state: 'closed', reason: 'forced', files: [{ id: '1', name: 'x', source: 'ftp', size_bytes: 1, state: 'imported', reason: null, received_at: '2026-11-20T07:00:00Z', uploaded_by: null, records: 1 }] })).toBe('done done done todo todo todo done');
  expect(toneOf(session({ state: 'closed', reason: 'forced' }))).toBe('cancelled');
});
