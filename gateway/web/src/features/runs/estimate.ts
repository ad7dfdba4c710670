// Rate and time left of a running run. Nothing is guessed from less than three seconds or a single unit.

import type { Run } from '@/api/types';

export interface Estimate {
  share: number | null;
  perSecond: number | null;
  secondsLeft: number | null;
}

export function estimate(run: Pick<Run, 'progress' | 'started_at' | 'finished_at' | 'state'>, now: number): Estimate {
  const { progress } = run;
  if (!progress || progress.done === null) return { share: null, perSecond: null, secondsLeft: null };
  const share = progress.total ? Math.min(1, progress.done / progress.total) : null;
  const end = run.finished_at ? Date.parse(run.finished_at) : now;
  const seconds = run.started_at ? (end - Date.parse(run.started_at)) / 1000 : 0;
  if (seconds < 3 || progress.done < 2) return { share, perSecond: null, secondsLeft: null };
  const perSecond = progress.done / seconds;
  const left = run.state === 'running' && progress.total && progress.total > progress.done ? (progress.total - progress.done) / perSecond : null;
  return { share, perSecond, secondsLeft: left };
}
