// Acting on many: those chosen on a page are answered at once, all that match become a run for each service.

import { post } from '@/api/client';
import type { ApiPath } from '@/api/paths';
import type { Run } from '@/api/types';

export interface BulkAction {
  name: string;
  danger?: boolean;
  /** What a person adds: a note that may be left out, a reason that must not. */
  asks?: 'note' | 'reason';
  /** The action that takes it back, of the same list. */
  undo?: string;
}

export interface Chosen {
  service: string;
  id: string;
  /** Names of the actions that fit the row as it is now. */
  actions: readonly string[];
}

/** All that a service's list shows for these filters, on every page. */
export interface Target {
  service: string;
  list: string;
  filter: Record<string, string | boolean | undefined>;
}

export interface Counted {
  target: Target;
  matching: number;
  affected: number;
}

export interface BulkResult {
  done: number;
  /** What was done, and by which action it can be taken back. */
  undo?: { action: string; rows: Chosen[] };
  refused: { id: string; detail: string }[];
}

interface Answer {
  items: { id: string; status: number; problem?: { detail: string } | null }[];
}

const AT_ONCE = 100;
// Which lists a service acts on in bulk is its own word: the compiler cannot know it.
const bulkPath = (service: string, list: string) => `/api/${service}/v1/${list}/bulk` as ApiPath;

/** How many match, and how many of those the action is for. */
export const countAll = (action: string, targets: Target[]): Promise<Counted[]> =>
  Promise.all(
    targets.map(async (target) => {
      const told = await post<{ matching: number; affected: number }>(bulkPath(target.service, target.list), { action, filter: target.filter, dry_run: true });
      return { target, ...told };
    }),
  );

/** Starts a run for each service that has any; gives their addresses as `service/id`. */
export async function startAll(action: string, counted: Counted[], options: Record<string, string>): Promise<string[]> {
  const started: string[] = [];
  for (const { target, affected } of counted) {
    if (affected === 0) continue;
    const run = await post<Run>(bulkPath(target.service, target.list), { action, filter: target.filter, expected: affected, options });
    started.push(`${run.service}/${run.id}`);
  }
  return started;
}

// Where a list stands under another name than its runs.
const LISTS: Record<string, string> = { records: 'entities' };

/** Takes back what a run did. */
export async function undoRun(run: Run, action: string): Promise<string> {
  const list = run.job.split('.')[0] ?? '';
  const started = await post<Run>(bulkPath(run.service, LISTS[list] ?? list), { action, of: run.id });
  return `${started.service}/${started.id}`;
}

/** One call per service and hundred; every row answers for itself. */
export async function actOnChosen(action: string, list: string, rows: Chosen[], options: Record<string, string>, undo?: string): Promise<BulkResult> {
  const byService = new Map<string, string[]>();
  for (const row of rows) byService.set(row.service, [...(byService.get(row.service) ?? []), row.id]);
  const result: BulkResult = { done: 0, refused: [] };
  const done: Chosen[] = [];
  for (const [service, ids] of byService) {
    for (let start = 0; start < ids.length; start += AT_ONCE) {
      const answer = await post<Answer>(bulkPath(service, list), { action, ids: ids.slice(start, start + AT_ONCE), options });
      for (const item of answer.items) {
        if (item.status < 300) {
          result.done += 1;
          done.push({ service, id: item.id, actions: [] });
        } else result.refused.push({ id: item.id, detail: item.problem?.detail ?? String(item.status) });
      }
    }
  }
  if (undo && done.length > 0) result.undo = { action: undo, rows: done };
  return result;
}

export const sum = (counted: Counted[], what: 'matching' | 'affected'): number => counted.reduce((total, item) => total + item[what], 0);
