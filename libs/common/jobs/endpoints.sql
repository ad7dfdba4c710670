-- name: runs
SELECT id, job, state, reason_code, message, trigger_type, trigger_by, schedule_id, params,
       progress_done, progress_total, progress_unit, progress_text, attempt, max_attempts, run_at, created_at,
       started_at, finished_at, cancel_requested_at, cancel_requested_by, result, error,
       ok_count, warning_count, problem_count, skipped_count, rerun_of, parent_id, request_id,
       seen_by, seen_note, seen_at, dry_run, version
FROM runs;

-- name: newest_runs
-- What a text search looks through: no index finds a word inside, so the newest five thousand must do.
SELECT id, job, state, reason_code, message, trigger_type, trigger_by, schedule_id, params,
       progress_done, progress_total, progress_unit, progress_text, attempt, max_attempts, run_at, created_at,
       started_at, finished_at, cancel_requested_at, cancel_requested_by, result, error,
       ok_count, warning_count, problem_count, skipped_count, rerun_of, parent_id, request_id,
       seen_by, seen_note, seen_at, dry_run, version
FROM runs
WHERE created_at >= (
    SELECT min(created_at) FROM (SELECT created_at FROM runs ORDER BY created_at DESC, id DESC LIMIT 5000) newest
);

-- name: find_run
SELECT * FROM runs WHERE id = $1;

-- name: changed_runs
SELECT r.*
FROM runs r
JOIN unnest($1::uuid[], $2::bigint[]) AS seen (id, version) USING (id)
WHERE r.id = ANY($1) AND r.version > seen.version;

-- name: list_attempts
SELECT attempt, coalesce(outcome, 'running') AS state, worker_id AS worker, started_at, finished_at, error
FROM run_attempts WHERE run_id = $1 ORDER BY attempt;

-- name: effects
SELECT id, run_id, target, op, key, state, evidence, detail, planned_at, settled_at, resolved_by, note FROM run_effects;

-- name: questions
SELECT id, run_id, job, code, subject, text, params, counts, samples, choices, role, state, asked_at,
       choice, note, answered_by, closed_at
FROM questions;

-- name: who_may_answer
SELECT role FROM questions WHERE id = $1;

-- name: records
SELECT run_id, key, outcome, reason, message, link, at FROM run_items;

-- name: log_lines
SELECT seq, at, level, event, message, fields, attempt
FROM run_logs
WHERE run_id = $1 AND seq > $2 AND ($3::text[] IS NULL OR level = ANY($3)) AND ($4 = '' OR strpos(lower(message), lower($4)) > 0)
ORDER BY seq
LIMIT $5;

-- name: new_log_lines
SELECT seen.id AS run_id, line.*, line.seq IS NULL AS ended
FROM unnest($1::uuid[], $2::bigint[]) AS seen (id, seq)
JOIN runs r ON r.id = seen.id
LEFT JOIN LATERAL (
    SELECT seq, at, level, event, message, fields, attempt
    FROM run_logs
    WHERE run_id = seen.id AND run_logs.seq > seen.seq
    ORDER BY seq
    LIMIT 500
) line ON true
WHERE r.id = ANY($1) AND (line.seq IS NOT NULL OR r.state NOT IN ('queued', 'running'));

-- name: last_runs
-- A range instead of "=" keeps `job` in the order: else the planner may look for a job that never ran in all that did.
SELECT r.*
FROM unnest($1::text[]) AS wanted (job)
CROSS JOIN LATERAL (
    SELECT * FROM runs
    WHERE job >= wanted.job AND job <= wanted.job
    ORDER BY job, created_at DESC, id DESC
    LIMIT 1
) r;

-- name: last_runs_of_schedules
SELECT r.*
FROM unnest($1::uuid[]) AS wanted (id)
CROSS JOIN LATERAL (
    SELECT * FROM runs
    WHERE schedule_id >= wanted.id AND schedule_id <= wanted.id
    ORDER BY schedule_id, created_at DESC
    LIMIT 1
) r;

-- name: list_pauses
SELECT scope, by, reason, until, at FROM pauses WHERE until IS NULL OR until > $1;

-- name: schedule_ids
SELECT id, job FROM schedules ORDER BY name;

-- name: list_schedules
SELECT * FROM schedules ORDER BY name;

-- name: find_schedule
SELECT * FROM schedules WHERE id = $1;

-- name: lock_schedule
SELECT * FROM schedules WHERE id = $1 FOR UPDATE;

-- name: change_schedule
UPDATE schedules
SET cron = $2, zone = $3, params = $4, enabled = $5, misfire = $6, grace_seconds = $7, overlap = $8, holidays = $9,
    decided_until = $10, next_at = $11, version = version + 1
WHERE id = $1
RETURNING *;

-- name: pause_schedule
UPDATE schedules SET paused_by = $2, paused_reason = $3, paused_until = $4, version = version + 1
WHERE id = $1
RETURNING *;

-- name: lock_effect
SELECT id, run_id, state FROM run_effects WHERE id = $1 FOR UPDATE;

-- name: note_effect
UPDATE run_effects SET note = $2, resolved_by = $3 WHERE id = $1 RETURNING *;

-- name: attention
SELECT * FROM runs
WHERE state IN ('waiting', 'partial', 'failed') AND seen_at IS NULL
  AND NOT EXISTS (SELECT FROM questions q WHERE q.run_id = runs.id AND q.state = 'open')
ORDER BY created_at DESC, id DESC
LIMIT 200;

-- name: open_questions
SELECT * FROM questions WHERE state = 'open' ORDER BY id DESC LIMIT 200;

-- name: uncertain_effects
SELECT e.*, r.job FROM run_effects e JOIN runs r ON r.id = e.run_id WHERE e.state = 'uncertain' ORDER BY e.id DESC LIMIT 200;

-- name: dead_letters
SELECT id, kind, key, error, created_at FROM outbox WHERE state = 'dead' ORDER BY created_at DESC, id DESC LIMIT 200;
