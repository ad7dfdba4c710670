-- name: insert_run
INSERT INTO runs (
    job, lane, params, dry_run, trigger_type, trigger_by, schedule_id, rerun_of, request_id,
    dedupe_key, concurrency_key, max_attempts, run_at, give_up_at, parent_id
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, now() + coalesce($13::interval, '0'),
        now() + coalesce($13::interval, '0') + make_interval(secs => $14), $15)
ON CONFLICT (job, dedupe_key) WHERE state IN ('queued', 'running') AND dedupe_key IS NOT NULL DO NOTHING
RETURNING id;

-- name: find_duplicate
SELECT id FROM runs WHERE job = $1 AND dedupe_key = $2 AND state IN ('queued', 'running');

-- name: lock_run
SELECT id, job, state, params, dry_run, attempt, version, cancel_requested_at, seen_at
FROM runs WHERE id = $1 FOR NO KEY UPDATE;

-- name: live_children
SELECT id FROM runs WHERE parent_id = $1 AND state IN ('queued', 'running', 'waiting') ORDER BY id;

-- name: request_cancel
-- What an earlier attempt may have done outside waits for a person from now on, or for the next run.
WITH asked AS (
    UPDATE runs
    SET cancel_requested_at = coalesce(cancel_requested_at, now()),
        cancel_requested_by = coalesce(cancel_requested_by, $2),
        state = CASE WHEN state = 'running' THEN state ELSE 'cancelled' END,
        reason_code = CASE WHEN state = 'running' THEN reason_code ELSE 'cancelled' END,
        finished_at = CASE WHEN state = 'running' THEN NULL ELSE now() END,
        version = version + 1
    WHERE id = $1
    RETURNING id, state
)
UPDATE run_effects f
SET state = 'uncertain', detail = 'The run was cancelled before anybody knew whether this had happened.'
FROM asked
WHERE f.run_id = asked.id AND f.state = 'planned' AND asked.state = 'cancelled';

-- name: revive_run
-- Attempts go on counting, so that the list of attempts stays one history; the limit moves instead.
UPDATE runs
SET state = 'queued',
    run_at = now(),
    give_up_at = NULL,
    max_attempts = attempt + $3,
    trigger_type = 'retry',
    trigger_by = $2,
    between_steps = false,
    reason_code = NULL,
    message = '',
    error = NULL,
    result = NULL,
    finished_at = NULL,
    cancel_requested_at = NULL,
    cancel_requested_by = NULL,
    seen_by = NULL,
    seen_note = NULL,
    seen_at = NULL,
    version = version + 1
WHERE id = $1;

-- name: withdraw_questions
UPDATE questions SET state = 'withdrawn', closed_at = now() WHERE run_id = $1 AND state = 'open';

-- name: find_question
SELECT id, run_id, state, choices, role, choice, answered_by FROM questions WHERE id = $1;

-- name: close_question
UPDATE questions SET state = 'answered', choice = $2, answered_by = $3, note = $4, closed_at = now()
WHERE id = $1 AND state = 'open'
RETURNING true;

-- name: resume_run
UPDATE runs
SET state = 'queued', run_at = now(), give_up_at = NULL, max_attempts = greatest(max_attempts, attempt + $2),
    reason_code = NULL, message = '', error = NULL, finished_at = NULL,
    seen_by = NULL, seen_note = NULL, seen_at = NULL, version = version + 1
WHERE id = $1;

-- name: mark_seen
UPDATE runs SET seen_by = $2, seen_note = $3, seen_at = now(), version = version + 1 WHERE id = $1;

-- name: unmark_seen
UPDATE runs SET seen_by = NULL, seen_note = NULL, seen_at = NULL, version = version + 1 WHERE id = $1;

-- name: pause
INSERT INTO pauses (scope, by, reason, until, at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (scope) DO UPDATE SET by = excluded.by, reason = excluded.reason, until = excluded.until, at = excluded.at;

-- name: resume
DELETE FROM pauses WHERE scope = $1 RETURNING true;
