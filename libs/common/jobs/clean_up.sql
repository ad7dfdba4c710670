-- name: delete_runs
-- Runs that still wait for a person, and those whose effect is still in doubt, stay whatever their age.
WITH gone AS (
    DELETE FROM runs
    WHERE id IN (
        SELECT id FROM runs r
        WHERE created_at < now() - $1::interval
          AND state IN ('succeeded', 'partial', 'failed', 'cancelled')
          AND NOT EXISTS (SELECT FROM run_effects e WHERE e.run_id = r.id AND e.state IN ('planned', 'uncertain'))
        ORDER BY created_at
        LIMIT $2
    )
    RETURNING 1
)
SELECT count(*) FROM gone;

-- name: delete_slots
WITH gone AS (
    DELETE FROM schedule_slots
    WHERE (schedule_id, slot_at) IN (
        SELECT schedule_id, slot_at FROM schedule_slots WHERE decided_at < now() - $1::interval LIMIT $2
    )
    RETURNING 1
)
SELECT count(*) FROM gone;

-- name: delete_outbox
-- The key stays: what was sent once is never sent again, however old.
WITH gone AS (
    UPDATE outbox SET payload = '{}'
    WHERE id IN (
        SELECT id FROM outbox
        WHERE created_at < now() - $1::interval AND state = 'sent' AND payload <> '{}'
        LIMIT $2
    )
    RETURNING 1
)
SELECT count(*) FROM gone;

-- name: delete_files
WITH old AS (
    DELETE FROM blobs WHERE sha256 IN (SELECT sha256 FROM blobs WHERE created_at < now() - $1::interval LIMIT $2)
    RETURNING upload_id
),
bytes AS (DELETE FROM blob_chunks USING old WHERE blob_chunks.upload_id = old.upload_id)
SELECT count(*) FROM old;
