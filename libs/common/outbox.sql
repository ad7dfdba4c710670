-- name: put
INSERT INTO outbox (kind, key, payload) VALUES ($1, $2, $3)
ON CONFLICT (kind, key) DO NOTHING
RETURNING true;

-- name: put_latest
-- While its kind waits for the other side, a new row waits with the oldest.
INSERT INTO outbox (kind, key, payload, next_try_at)
SELECT $1, given.key, given.value,
       greatest(
           now(), (SELECT next_try_at FROM outbox o WHERE o.kind = $1 AND o.state = 'pending' ORDER BY o.id LIMIT 1)
       )
FROM jsonb_each($2::jsonb) AS given
ON CONFLICT (kind, key) DO UPDATE
SET payload = excluded.payload,
    revision = outbox.revision + 1,
    state = 'pending',
    attempts = CASE outbox.state WHEN 'pending' THEN outbox.attempts ELSE 0 END,
    next_try_at = CASE outbox.state WHEN 'pending' THEN outbox.next_try_at ELSE excluded.next_try_at END,
    created_at = CASE outbox.state WHEN 'pending' THEN outbox.created_at ELSE now() END,
    error = NULL;

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
RETURNING id, kind, key, payload, attempts, created_at, revision;

-- name: renew
-- Of the rows of a sender those that are still its own: each claim counts a try, and the end of a try ends the lease.
UPDATE outbox
SET leased_until = now() + $3::interval
FROM unnest($1::uuid[], $2::int[]) AS mine (id, attempts)
WHERE outbox.id = mine.id AND outbox.attempts = mine.attempts AND state = 'pending' AND leased_until IS NOT NULL
RETURNING outbox.id;

-- name: mark_sent
-- A fact, whoever holds the row by now. What was written anew meanwhile is sent anew.
UPDATE outbox
SET state = CASE WHEN outbox.revision = mine.revision THEN 'sent' ELSE 'pending' END,
    attempts = CASE WHEN outbox.revision = mine.revision THEN attempts ELSE 0 END,
    sent_at = now(),
    leased_until = NULL,
    error = NULL
FROM unnest($1::uuid[], $2::int[]) AS mine (id, revision)
WHERE outbox.id = mine.id;

-- name: mark_failed
-- $3: the try that failed. A sender that was slower than its lease does not undo what the next one did.
UPDATE outbox
SET state = CASE
        WHEN outbox.revision <> mine.revision THEN 'pending'
        WHEN $5 AND ($7::interval IS NULL OR now() + $6::interval < created_at + $7::interval) THEN 'pending'
        ELSE 'dead'
    END,
    next_try_at = now() + $6::interval,
    leased_until = NULL,
    error = $4
FROM unnest($1::uuid[], $2::int[], $3::int[]) AS mine (id, revision, attempts)
WHERE outbox.id = mine.id AND state = 'pending' AND outbox.attempts = mine.attempts;

-- name: hold_kind
-- Its server is away: nothing of the kind is due before the next try, however much there is.
UPDATE outbox SET next_try_at = now() + $2::interval
WHERE kind = $1 AND state = 'pending' AND next_try_at < now() + $2::interval;

-- name: release
UPDATE outbox
SET leased_until = NULL, attempts = outbox.attempts - 1
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
