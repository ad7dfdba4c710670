import { expect, test } from 'vitest';
import type { Run } from '@/api/types';
import { estimate } from './estimate';

const at = (seconds: number) => new Date(Date.parse('2026-11-20T08:00:00Z') + seconds * 1000);
const run = (done: number, total: number | null, state: Run['state'] = 'running') =>
  ({ state, started_at: at(0).toISOString(), finished_at: null, progress: { done, total, unit: 'records', text: '' } }) as Run;

test('half done after ten seconds leaves ten seconds', () => {
  expect(estimate(run(50, 100), at(10).getTime())).toEqual({ share: 0.5, perSecond: 5, secondsLeft: 10 });
});

test('nothing is guessed at the start or without a total', () => {
  expect(estimate(run(50, 100), at(1).getTime()).secondsLeft).toBeNull();
  expect(estimate(run(50, null), at(10).getTime())).toMatchObject({ share: null, secondsLeft: null });
});

test('a finished run has no time left', () => {
  expect(estimate({ ...run(100, 100, 'succeeded'), finished_at: at(20).toISOString() }, at(99).getTime())).toMatchObject({ perSecond: 5, secondsLeft: null });
});
