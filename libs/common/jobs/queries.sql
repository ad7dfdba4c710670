-- name: save_checkpoint
-- Tells whether the run was asked to stop; no row: it is somebody else's.
UPDATE runs SET checkpoint = $3 WHERE id = $1 AND lease_token = $2 RETURNING cancel_requested_at IS NOT NULL;

-- name: lock_child
SELECT id, job, state, reason_code, message FROM runs WHERE id = $1 FOR NO KEY UPDATE;

-- name: asked_to_stop
SELECT cancel_requested_at IS NOT NULL FROM runs WHERE id = $1;

-- name: show_steps
-- Of a chain, in the transaction that holds its row; what runs tell otherwise leaves locked rows out.
UPDATE runs SET progress_done = $2, progress_total = $3, progress_unit = 'steps', progress_text = $4 WHERE id = $1;

-- name: adopt_child
-- An equal run that was started otherwise counts as the step, unless another chain has it.
UPDATE runs SET parent_id = $2, version = version + 1
WHERE id = $1 AND parent_id IS NULL AND state IN ('queued', 'running')
RETURNING true;

-- name: last_answer
SELECT choice, answered_by AS by, note, closed_at AS at, counts
FROM questions
WHERE run_id = $1 AND code = $2 AND state = 'answered'
ORDER BY id DESC
LIMIT 1;

-- name: guard_run
-- The row lock keeps sweeper and finish away until the caller commits; the heartbeat skips locked rows, so renew here.
UPDATE runs SET lease_until = clock_timestamp() + make_interval(secs => $3)
WHERE id = $1 AND lease_token = $2
RETURNING true;
