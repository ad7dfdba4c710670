-- name: put
INSERT INTO outbox (kind, key, payload) VALUES ($1, $2, $3)
ON CONFLICT (kind, key) DO NOTHING
RETURNING true;

-- name: lock_kind
-- One sender per kind: the lock covers two claims at the same moment, the lease everything after.
SELECT pg_try_advisory_xact_lock(hashtext('outbox'), hashtext($1));

-- name: claim_batch
-- When anything of the kind is due, its oldest rows go, so that order survives an outage.
UPDATE outbox
SET leased_until = now() + $3::interval, attempts = attempts + 1
WHERE id IN (
    SELECT id
    FROM outbox
    WHERE kind = $1
      AND state = 'pending'
      AND (leased_until IS NULL OR leased_until < now())
      AND EXISTS (SELECT FROM outbox WHERE kind = $1 AND state = 'pending' AND next_try_at <= now())
      AND NOT EXISTS (SELECT FROM outbox WHERE kind = $1 AND state = 'pending' AND leased_until >= now())
    ORDER BY id
    LIMIT $2
    FOR UPDATE SKIP LOCKED
)
RETURNING id, kind, key, payload, attempts, created_at;

-- name: mark_sent
-- A fact, whoever holds the row by now.
UPDATE outbox SET state = 'sent', sent_at = now(), leased_until = NULL, error = NULL WHERE id = $1;

-- name: mark_failed
-- $6: the try that failed. A sender that was slower than its lease does not undo what the next one did.
UPDATE outbox
SET state = CASE WHEN $3 AND now() + $4::interval < created_at + $5::interval THEN 'pending' ELSE 'dead' END,
    next_try_at = now() + $4::interval,
    leased_until = NULL,
    error = $2
WHERE id = $1 AND state = 'pending' AND attempts = $6;

-- name: release
UPDATE outbox
SET leased_until = NULL, attempts = outbox.attempts - 1, next_try_at = greatest(next_try_at, now() + $3::interval)
FROM unnest($1::uuid[], $2::int[]) AS mine (id, attempts)
WHERE outbox.id = mine.id AND outbox.attempts = mine.attempts AND state = 'pending';

-- name: revive
WITH before AS (SELECT id, state FROM outbox WHERE id = $1 FOR UPDATE),
revived AS (
    UPDATE outbox
    SET state = 'pending',
        next_try_at = now(),
        attempts = CASE state WHEN 'dead' THEN 0 ELSE attempts END,
        created_at = CASE state WHEN 'dead' THEN now() ELSE created_at END
    WHERE id = (SELECT id FROM before WHERE state <> 'sent')
)
SELECT state FROM before;

-- name: annotate
UPDATE outbox SET payload = payload || $2::jsonb WHERE id = $1;
