-- name: claim_due
-- Runs of busy keys are skipped; of two due runs with one key the elder goes. The advisory lock keeps two claims that
-- happen together off the same key; the unique index on running keys is only the guard. A chain between two of its
-- steps is queued and keeps its key all the same.
WITH due AS MATERIALIZED (
    SELECT r.id, r.concurrency_key, r.run_at
    FROM runs r
    WHERE r.state = 'queued'
      AND r.lane = $1
      AND r.run_at <= now()
      AND r.job = ANY($2::text[])
      AND NOT EXISTS (
          SELECT FROM pauses p WHERE p.scope IN ('*', r.job) AND (p.until IS NULL OR p.until > $6)
      )
      AND (
          r.concurrency_key IS NULL
          OR (
              NOT EXISTS (SELECT FROM runs b WHERE b.concurrency_key = r.concurrency_key AND b.state = 'running')
              AND NOT EXISTS (
                  SELECT FROM runs b
                  WHERE b.concurrency_key = r.concurrency_key AND b.state = 'queued' AND b.between_steps AND b.id <> r.id
              )
          )
      )
    ORDER BY r.run_at, r.id
    LIMIT $3
    FOR UPDATE OF r SKIP LOCKED
),
chosen AS MATERIALIZED (
    SELECT id
    FROM (SELECT id, concurrency_key, row_number() OVER (PARTITION BY concurrency_key ORDER BY run_at, id) FROM due) d
    WHERE concurrency_key IS NULL
       OR (row_number = 1 AND pg_try_advisory_xact_lock(hashtextextended(concurrency_key, 0)))
),
claimed AS (
    UPDATE runs r
    SET state = 'running',
        attempt = attempt + 1,
        lease_token = gen_random_uuid(),
        lease_until = clock_timestamp() + make_interval(secs => $5),
        worker_id = $4,
        started_at = coalesce(started_at, now()),
        between_steps = false,
        version = version + 1
    FROM chosen
    WHERE r.id = chosen.id
    RETURNING r.id, r.job, r.params, r.dry_run, r.trigger_type, r.trigger_by, r.schedule_id, r.request_id,
              r.attempt, r.max_attempts, r.lease_token, r.checkpoint, r.worker_id, r.run_at, r.concurrency_key, r.parent_id
),
attempts AS (
    INSERT INTO run_attempts (run_id, attempt, worker_id)
    SELECT id, attempt, worker_id FROM claimed
    ON CONFLICT (run_id, attempt) DO UPDATE
    SET worker_id = excluded.worker_id, started_at = excluded.started_at, finished_at = NULL, outcome = NULL, error = NULL
)
SELECT * FROM claimed ORDER BY run_at, id;

-- name: disown
-- After a claim whose answer got lost: give back what this worker holds without knowing it.
WITH orphans AS (
    UPDATE runs
    SET state = 'queued', attempt = attempt - 1, lease_token = NULL, lease_until = NULL, worker_id = NULL,
        version = version + 1
    WHERE state = 'running' AND worker_id = $1 AND lane = $2 AND id <> ALL($3::uuid[])
    RETURNING id
)
SELECT count(*) FROM orphans;

-- name: pulse
-- Which of these runs are still ours, and which were asked to stop; leases that have used up a third are renewed.
-- A row that its own transaction has locked (`guard`) is skipped: nobody else can take it meanwhile.
WITH held AS (
    SELECT r.id, r.cancel_requested_at IS NOT NULL AS cancel_requested
    FROM runs r
    JOIN unnest($1::uuid[], $2::uuid[]) AS mine (id, token) ON r.id = mine.id AND r.lease_token = mine.token
    WHERE r.id = ANY($1::uuid[])
),
due AS (
    SELECT id
    FROM runs
    WHERE id = ANY($1::uuid[])
      AND lease_token = ANY($2::uuid[])
      AND lease_until < clock_timestamp() + make_interval(secs => $3 * 2 / 3)
    FOR NO KEY UPDATE SKIP LOCKED
),
renewed AS (
    UPDATE runs
    SET lease_until = clock_timestamp() + make_interval(secs => $3)
    WHERE id IN (SELECT id FROM due)
    RETURNING id
)
SELECT held.id, cancel_requested, renewed.id IS NOT NULL AS renewed
FROM held LEFT JOIN renewed ON renewed.id = held.id;

-- name: renew
UPDATE runs SET lease_until = clock_timestamp() + make_interval(secs => $3)
WHERE id = $1 AND lease_token = $2
RETURNING true;

-- name: finish_runs
-- Fenced by the token. `$2` repeats the ids: by them the planner takes the index, whatever it thinks of the rest.
-- A run that was asked to stop is not queued again and asks nothing; an effect that is still `planned` when its
-- run ends may have happened, and waits for a person or the next run. A success needs nobody to look at the failures of
-- equal runs before it: who holds one of them just now (to retry it, say) has it. Who asks what an older run
-- of its job still asks takes its place: a person answers the newest.
WITH given AS (
    SELECT *
    FROM jsonb_to_recordset($1) AS g (
        id uuid, token uuid, kind text, state text, reason_code text, message text, result jsonb, error jsonb,
        delay_seconds float8, counted boolean, question jsonb, checkpoint jsonb
    )
),
ended AS (
    UPDATE runs r
    SET state = CASE
            WHEN g.state IN ('queued', 'waiting') AND r.cancel_requested_at IS NOT NULL THEN 'cancelled' ELSE g.state
        END,
        reason_code = CASE
            WHEN g.state IN ('queued', 'waiting') AND r.cancel_requested_at IS NOT NULL THEN 'cancelled'
            ELSE g.reason_code
        END,
        message = g.message,
        result = coalesce(g.result, r.result),
        error = g.error,
        attempt = CASE WHEN g.counted THEN r.attempt ELSE r.attempt - 1 END,
        run_at = CASE WHEN g.state = 'queued' THEN clock_timestamp() + make_interval(secs => g.delay_seconds) ELSE r.run_at END,
        finished_at = CASE
            WHEN g.state NOT IN ('queued', 'running') OR (g.state = 'queued' AND r.cancel_requested_at IS NOT NULL)
            THEN clock_timestamp()
        END,
        awaiting = g.state = 'running',
        checkpoint = coalesce(g.checkpoint, r.checkpoint),
        lease_token = NULL,
        lease_until = NULL,
        worker_id = NULL,
        version = r.version + 1
    FROM given g
    WHERE r.id = g.id AND r.lease_token = g.token AND r.id = ANY($2::uuid[])
    RETURNING r.id, r.job, r.dedupe_key, r.reason_code, old.attempt, r.state, g.kind, g.error, g.question
),
attempts AS (
    UPDATE run_attempts a
    SET finished_at = clock_timestamp(), outcome = e.kind, error = e.error
    FROM ended e
    WHERE a.run_id = e.id AND a.attempt = e.attempt
),
doubts AS (
    UPDATE run_effects f
    SET state = 'uncertain', detail = CASE WHEN f.detail = '' THEN coalesce(e.error ->> 'detail', '') ELSE f.detail END
    FROM ended e
    WHERE f.run_id = e.id AND f.state = 'planned' AND e.state NOT IN ('queued', 'running')
),
settled AS (
    UPDATE runs
    SET seen_by = 'system', seen_note = 'A later run of the same kind succeeded.', seen_at = clock_timestamp(),
        version = version + 1
    WHERE id IN (
        SELECT f.id
        FROM ended e
        JOIN runs f ON f.job = e.job AND f.dedupe_key = e.dedupe_key
        WHERE e.state = 'succeeded' AND e.reason_code IS DISTINCT FROM 'not_due'
          AND f.state = 'failed' AND f.seen_at IS NULL AND f.dedupe_key IS NOT NULL
        FOR NO KEY UPDATE OF f SKIP LOCKED
    )
),
asked AS (
    INSERT INTO questions (run_id, job, code, subject, text, params, counts, samples, choices, role)
    SELECT e.id, e.job, q.code, q.subject, q.text, q.params, q.counts, q.samples, q.choices, q.role
    FROM ended e
    CROSS JOIN LATERAL jsonb_to_record(e.question) AS q (
        code text, subject text, text text, params jsonb, counts jsonb, samples jsonb, choices jsonb, role text
    )
    WHERE jsonb_typeof(e.question) = 'object' AND e.state = 'waiting'
    RETURNING run_id, job, code, subject
),
older AS (
    UPDATE questions q SET state = 'withdrawn', closed_at = clock_timestamp()
    FROM asked a
    WHERE q.job = a.job AND q.code = a.code AND q.subject = a.subject AND q.state = 'open' AND q.run_id <> a.run_id
    RETURNING q.run_id
),
replaced AS (
    UPDATE runs r
    SET state = 'cancelled', reason_code = 'superseded', message = 'A newer run asks the same.',
        finished_at = clock_timestamp(), version = r.version + 1
    FROM older
    WHERE r.id = older.run_id AND r.state = 'waiting'
)
SELECT id, state FROM ended;

-- name: write_logs
INSERT INTO run_logs (run_id, at, level, event, message, fields, attempt)
SELECT run_id, at, level, event, message, fields, attempt
FROM jsonb_to_recordset($1) AS g (
    n int, run_id uuid, at timestamptz, level text, event text, message text, fields jsonb, attempt int
)
WHERE run_id IN (SELECT id FROM runs WHERE id = ANY($2::uuid[]))
ORDER BY n;

-- name: write_progress
UPDATE runs r
SET progress_done = g.done, progress_total = g.total, progress_unit = g.unit, progress_text = g.text,
    version = r.version + 1
FROM jsonb_to_recordset($1) AS g (id uuid, token uuid, done bigint, total bigint, unit text, text text)
WHERE r.id = g.id
  AND r.id IN (
      SELECT id FROM runs
      WHERE id = ANY($2::uuid[]) AND lease_token = ANY($3::uuid[])
      FOR NO KEY UPDATE SKIP LOCKED
  )
RETURNING r.id;

-- name: write_items
WITH written AS (
    INSERT INTO run_items (run_id, key, outcome, reason, message, link)
    SELECT runs.id, g.key, g.outcome, g.reason, g.message, g.link
    FROM jsonb_to_recordset($3) AS g (key text, outcome text, reason text, message text, link text)
    JOIN runs ON runs.id = $1 AND runs.lease_token = $2
    ON CONFLICT (run_id, key) DO UPDATE
    SET outcome = excluded.outcome, reason = excluded.reason, message = excluded.message, link = excluded.link, at = now()
    RETURNING old.outcome AS before, new.outcome AS after
),
change AS (
    SELECT count(*) FILTER (WHERE after = 'ok') - count(*) FILTER (WHERE before = 'ok') AS ok,
           count(*) FILTER (WHERE after = 'warning') - count(*) FILTER (WHERE before = 'warning') AS warning,
           count(*) FILTER (WHERE after = 'problem') - count(*) FILTER (WHERE before = 'problem') AS problem,
           count(*) FILTER (WHERE after = 'skipped') - count(*) FILTER (WHERE before = 'skipped') AS skipped
    FROM written
)
UPDATE runs
SET ok_count = ok_count + change.ok,
    warning_count = warning_count + change.warning,
    problem_count = problem_count + change.problem,
    skipped_count = skipped_count + change.skipped,
    version = version + 1
FROM change
WHERE id = $1 AND lease_token = $2
RETURNING true;

-- name: show_worker
INSERT INTO workers (id, version, lanes, running) VALUES ($1, $2, $3, $4)
ON CONFLICT (id) DO UPDATE SET running = excluded.running, last_seen_at = clock_timestamp();

-- name: hide_worker
DELETE FROM workers WHERE id = $1;
