// A day's entries as a story: what is told twice is told once, each with its sign and the key of its sentence.

import type { Entry } from '@/api/invoices-types';
import type { RunState } from '@/api/types';

/** The audit names again what the file or the session tells by itself, within the same moment. */
const TOLD_BY: Record<string, { kind: Entry['kind']; codes?: string[] }> = {
  'session.started': { kind: 'session', codes: ['started'] },
  'session.closed': { kind: 'session', codes: ['closed'] },
  'session.confirmed': { kind: 'session', codes: ['opened'] },
  'file.uploaded': { kind: 'file' },
};
const MOMENT_MILLISECONDS = 10_000;

export function withoutEchoes(entries: Entry[]): Entry[] {
  return entries.filter((entry) => {
    const source = entry.kind === 'audit' && entry.detail === 'done' ? TOLD_BY[entry.code] : undefined;
    if (!source) return true;
    const at = Date.parse(entry.at);
    return !entries.some(
      (other) => other.kind === source.kind && (!source.codes || source.codes.includes(other.code)) && Math.abs(Date.parse(other.at) - at) < MOMENT_MILLISECONDS,
    );
  });
}

const TONES: Record<Entry['kind'], Record<string, RunState>> = {
  file: { imported: 'succeeded', held: 'waiting', late: 'partial', stale: 'partial', invalid: 'failed', duplicate: 'cancelled', discarded: 'cancelled', stored: 'queued' },
  session: { ready: 'waiting', started: 'running', generated: 'succeeded', uploaded: 'succeeded', opened: 'succeeded', closed: 'cancelled' },
  run: { queued: 'queued', running: 'running', waiting: 'waiting', succeeded: 'succeeded', partial: 'partial', failed: 'failed', cancelled: 'cancelled' },
  effect: { planned: 'partial', uncertain: 'waiting', absent: 'cancelled', confirmed: 'succeeded' },
  mail: { pending: 'queued', sent: 'succeeded', dead: 'failed' },
  audit: {},
};

export function toneOfEntry(entry: Entry): RunState {
  if (entry.kind === 'audit') return entry.detail === 'done' ? 'queued' : 'failed';
  if (entry.kind === 'session' && entry.code === 'closed' && entry.detail === 'completed') return 'succeeded';
  return TONES[entry.kind][entry.code] ?? 'queued';
}

/** The key of the sentence: `session.closed_expired`, `file.imported`, `audit.options_changed`. */
export function sentenceOf(entry: Entry): string {
  if (entry.kind === 'session' && entry.code === 'closed') return `session.closed_${['expired', 'completed'].includes(entry.detail) ? entry.detail : 'forced'}`;
  if (entry.kind === 'session' && entry.code === 'opened' && entry.by) return 'session.opened_by_hand';
  if (entry.kind === 'session' && entry.code === 'started' && (entry.count ?? 1) > 1) return 'session.started_again';
  return `${entry.kind}.${entry.code.replaceAll('.', '_')}`;
}

export type Explanation = 'to_come' | 'quiet' | 'alerted' | 'not_imported' | null;

/** Why a day has no session, as far as its entries tell. */
export function explain(hasSession: boolean, entries: Entry[], date: string, today: string): Explanation {
  if (hasSession) return null;
  if (date > today) return 'to_come';
  if (entries.some((entry) => entry.kind === 'file')) return 'not_imported';
  return entries.some((entry) => entry.kind === 'mail' && ['no_file', 'source_unreachable'].includes(entry.title)) ? 'alerted' : 'quiet';
}
