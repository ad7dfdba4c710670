-- name: note_reached
-- An outage that was told stays marked until a summary says that it is over.
INSERT INTO sources (name, checked_at, reached_at)
VALUES ($1, $2, $2)
ON CONFLICT (name) DO UPDATE SET checked_at = $2, reached_at = $2, failures = 0, failing_since = NULL, error = NULL;

-- name: note_failure
INSERT INTO sources (name, checked_at, failures, failing_since, error, outages)
VALUES ($1, $2, 1, $2, $3, 1)
ON CONFLICT (name) DO UPDATE
   SET checked_at = $2,
       failures = sources.failures + 1,
       failing_since = coalesce(sources.failing_since, $2),
       error = $3,
       outages = sources.outages + CASE WHEN sources.failures = 0 THEN 1 ELSE 0 END,
       told_at = CASE WHEN sources.failures = 0 THEN NULL ELSE sources.told_at END
RETURNING failures, failing_since, outages, told_at;

-- name: note_told
UPDATE sources SET told_at = $2 WHERE name = $1;

-- name: take_recovery
UPDATE sources SET told_at = NULL WHERE name = $1 AND told_at IS NOT NULL RETURNING true;

-- name: has_file
-- A file that is held or invalid has come, too: it has its own mail.
SELECT EXISTS (
    SELECT FROM files WHERE business_date = $1 AND state NOT IN ('stale', 'duplicate', 'discarded')
);

-- name: next_look
SELECT min(next_at) FROM schedules WHERE job = 'imports.pick_up' AND enabled AND next_at > $1;
