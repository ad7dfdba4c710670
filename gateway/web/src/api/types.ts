// The shapes that every service and the gateway answer with.

import type { JsonSchema } from './json-schema';

export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance?: string | null;
  code: string;
  params?: Record<string, unknown> | null;
  request_id?: string | null;
  errors?: FieldError[] | null;
}
export interface FieldError {
  pointer: string;
  code: string;
  detail: string;
}
export interface PartialError {
  service: string;
  code: string;
  detail: string;
}
export interface Page<T> {
  items: T[];
  next: string | null;
  prev: string | null;
  errors?: PartialError[];
}

export const RUN_STATES = ['queued', 'running', 'waiting', 'succeeded', 'partial', 'failed', 'cancelled'] as const;
export type RunState = (typeof RUN_STATES)[number];
export const TRIGGERS = ['schedule', 'manual', 'api', 'chain', 'system', 'retry'] as const;
export type Role = 'viewer' | 'operator' | 'admin';

export interface Progress {
  done: number | null;
  total: number | null;
  unit: string;
  text: string;
}
export interface Counts {
  ok: number;
  warning: number;
  problem: number;
  skipped: number;
}
export interface Run {
  id: string;
  service: string;
  job: string;
  title: string;
  state: RunState;
  reason_code: string | null;
  message: string;
  trigger: { type: string; by: string | null; schedule_id: string | null };
  params: Record<string, unknown>;
  progress: Progress | null;
  attempt: number;
  max_attempts: number;
  run_at: string;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
  cancel_requested_at: string | null;
  cancel_requested_by: string | null;
  result: unknown;
  error: { code: string; detail: string; params?: Record<string, unknown> | null } | null;
  counts: Counts | null;
  rerun_of: string | null;
  parent_id: string | null;
  request_id: string | null;
  seen: { by: string; note: string; at: string } | null;
  dry_run: boolean;
  version: number;
  actions: ('cancel' | 'retry' | 'rerun' | 'see')[];
}
export interface Attempt {
  attempt: number;
  state: string;
  worker?: string | null;
  started_at: string;
  finished_at: string | null;
  error?: { code: string; detail: string } | null;
  message?: string | null;
  reason_code?: string | null;
}
export interface Effect {
  id: string;
  target: string;
  op: string;
  key: string;
  state: 'planned' | 'confirmed' | 'absent' | 'uncertain';
  evidence: Record<string, unknown>;
  detail: string;
  planned_at: string;
  settled_at: string | null;
  resolved_by: string | null;
  note: string;
}
export interface RunRecord {
  id?: string | number;
  key: string;
  outcome: 'ok' | 'warning' | 'problem' | 'skipped';
  reason: string | null;
  message: string | null;
  link: string | null;
  at?: string | null;
}
export interface LogLine {
  seq: number;
  at: string;
  level: string;
  event: string;
  message: string;
  fields: Record<string, unknown> | null;
  attempt: number;
}

export interface Pause {
  by: string;
  reason: string;
  until: string | null;
  at?: string | null;
}
export interface Job {
  name: string;
  title: string;
  description: string;
  lane: string;
  role: Role;
  startable: boolean;
  dry_run: boolean;
  params_schema: JsonSchema;
  paused: Pause | null;
  last_run: Run | null;
  schedule_ids: string[];
}
export interface Schedule {
  id: string;
  name: string;
  job: string;
  title?: string;
  cron: string[];
  zone: string;
  enabled: boolean;
  params: Record<string, unknown>;
  misfire: string;
  overlap: string;
  holidays: string[];
  grace_seconds: number;
  next: string[];
  paused: Pause | null;
  last_run: Run | null;
  version?: number;
}

export interface AttentionAction {
  name: string;
  label_code: string;
  method: string;
  path: string;
  body?: unknown;
  role: Role;
  confirm?: string | null;
}
export interface AttentionItem {
  id: string;
  service: string;
  kind: string;
  severity: 'problem' | 'warning' | 'question';
  title: string;
  detail: string;
  since: string;
  link: string | null;
  actions: AttentionAction[];
  params: Record<string, unknown> | null;
  code: string;
}
export interface SearchHit {
  service?: string;
  kind: string;
  id: string;
  title: string;
  detail: string;
  link: string;
}
export interface Connection {
  name: string;
  title: string;
  kind: string;
  address: string;
  last_test: { at: string; ok: boolean; detail: string } | null;
}
export interface ConnectionTest {
  ok: boolean;
  detail: string;
  steps: { name: string; ok: boolean; detail: string; milliseconds: number }[];
}
export interface AuditEntry {
  id: string;
  at: string;
  actor: string;
  actor_kind: string;
  action: string;
  target: string;
  service: string;
  ip: string | null;
  request_id: string | null;
  before: unknown;
  after: unknown;
  outcome: string;
}
export interface Options {
  name: string;
  title?: string;
  description?: string;
  version: number;
  value: Record<string, unknown>;
  defaults: Record<string, unknown>;
  json_schema: JsonSchema;
  updated_at: string | null;
  updated_by: string | null;
}
export interface OutboxRow {
  id: string;
  kind: string;
  key: string;
  state: 'pending' | 'sent' | 'dead';
  attempts: number;
  next_try_at: string | null;
  sent_at: string | null;
  error: string | null;
  summary: { to: string; subject: string };
  created_at: string;
  payload?: Record<string, unknown>;
}

export type * from './identity-types';
export type * from './json-schema';
