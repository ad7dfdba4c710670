// The day as seven marks: what is done, what is going on, what went wrong.

import type { Session } from '@/api/invoices-types';

export const STEPS = ['arrived', 'checked', 'ready', 'sent', 'confirmed', 'counting', 'closed'] as const;
export type Step = (typeof STEPS)[number];
export type Mark = 'done' | 'now' | 'todo' | 'failed';

/** How many marks are done, and what the next one is. */
function reached(session: Session): { done: number; next: Mark } {
  const { state, step, reason } = session;
  switch (state) {
    case 'none':
      return { done: 0, next: 'todo' };
    case 'ready':
      return { done: 3, next: 'todo' };
    case 'opening':
      return { done: step === 'verifying' ? 4 : 3, next: 'now' };
    case 'open':
      return { done: 5, next: 'now' };
    case 'failed':
      return { done: reason === 'no_records' || reason === 'upload_failed' ? 3 : 4, next: 'failed' };
    case 'closed':
      return { done: reason === 'completed' ? 7 : lastBeforeClose(session), next: 'todo' };
  }
}

function lastBeforeClose(session: Session): number {
  if (session.verified_at) return 5;
  return session.uploaded_at ? 4 : session.started_at ? 3 : session.files.length > 0 ? 3 : 0;
}

export function marks(session: Session): Record<Step, Mark> {
  const { done, next } = reached(session);
  const entries = STEPS.map((step, index): [Step, Mark] => {
    if (index < done) return [step, 'done'];
    // A day closed by force is over, whatever was not reached.
    if (session.state === 'closed' && step === 'closed') return [step, 'done'];
    return [step, index === done ? next : 'todo'];
  });
  return Object.fromEntries(entries) as Record<Step, Mark>;
}

/** The session's state as one of the seven of every screen. */
export function toneOf(session: Session): 'queued' | 'running' | 'waiting' | 'succeeded' | 'partial' | 'failed' | 'cancelled' {
  switch (session.state) {
    case 'none':
      return 'queued';
    case 'ready':
      return 'waiting';
    case 'opening':
    case 'open':
      return 'running';
    case 'failed':
      return 'failed';
    case 'closed':
      return session.reason === 'completed' ? 'succeeded' : 'cancelled';
  }
}
