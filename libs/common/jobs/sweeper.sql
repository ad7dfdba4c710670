-- name: try_lead
SELECT pg_try_advisory_lock(hashtext('portico'), hashtext('sweeper'));

-- name: give_up_when_silent
-- A leader that is frozen, its connection open, must not keep the others from leading.
SELECT set_config('idle_session_timeout', $1, false);

-- name: still_leading
SELECT true;

-- name: stop_leading
-- The connection goes back to the pool as it came.
SELECT pg_advisory_unlock(hashtext('portico'), hashtext('sweeper')),
       set_config('idle_session_timeout', reset_val, false)
FROM pg_settings WHERE name = 'idle_session_timeout';

-- name: rescue_expired
-- After a restart of the database every worker first gets the time of one lease to renew what it holds.
WITH expired AS (
    SELECT id
    FROM runs
    WHERE state = 'running'
      AND lease_until < clock_timestamp()
      AND pg_postmaster_start_time() < clock_timestamp() - make_interval(secs => $1)
    LIMIT 500
    FOR UPDATE SKIP LOCKED
),
rescued AS (
    UPDATE runs r
    SET state = CASE
            WHEN cancel_requested_at IS NOT NULL THEN 'cancelled'
            WHEN attempt < max_attempts THEN 'queued'
            ELSE 'failed'
        END,
        reason_code = 'worker_lost',
        message = 'The worker stopped answering.',
        error = jsonb_build_object('code', 'worker_lost', 'detail', 'The worker stopped answering.', 'params', '{}'::jsonb),
        finished_at = CASE WHEN cancel_requested_at IS NULL AND attempt < max_attempts THEN NULL ELSE clock_timestamp() END,
        run_at = clock_timestamp(),
        lease_token = NULL,
        lease_until = NULL,
        worker_id = NULL,
        version = version + 1
    FROM expired
    WHERE r.id = expired.id
    RETURNING r.id, r.job, r.state, r.params, r.attempt, r.error
),
attempts AS (
    UPDATE run_attempts a
    SET finished_at = clock_timestamp(), outcome = 'lost', error = r.error
    FROM rescued r
    WHERE a.run_id = r.id AND a.attempt = r.attempt
),
doubts AS (
    UPDATE run_effects f
    SET state = 'uncertain', detail = 'The worker stopped answering while this was under way.'
    FROM rescued r
    WHERE f.run_id = r.id AND f.state = 'planned' AND r.state <> 'queued'
)
SELECT id, job, state, params FROM rescued;

-- name: give_up
UPDATE runs
SET state = 'failed',
    reason_code = 'busy',
    message = 'Another run of the same kind did not end in time.',
    error = jsonb_build_object(
        'code', 'busy', 'detail', 'Another run of the same kind did not end in time.', 'params', '{}'::jsonb
    ),
    finished_at = now(),
    version = version + 1
WHERE id IN (
    SELECT id FROM runs r
    WHERE state = 'queued'
      AND started_at IS NULL
      AND give_up_at < now()
      AND EXISTS (SELECT FROM runs b WHERE b.concurrency_key = r.concurrency_key AND b.state = 'running')
    FOR UPDATE SKIP LOCKED
)
RETURNING id, job, state, params;

-- name: forget_workers
DELETE FROM workers WHERE last_seen_at < clock_timestamp() - interval '5 minutes';
