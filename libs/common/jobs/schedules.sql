-- name: seed_schedule
INSERT INTO schedules (
    name, job, cron, zone, params, enabled, misfire, grace_seconds, overlap, holidays, decided_until, next_at
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (name) DO NOTHING;

-- name: due_schedules
SELECT id FROM schedules WHERE enabled AND next_at <= $1;

-- name: lock_due_schedule
SELECT s.*,
       (s.paused_by IS NOT NULL AND (s.paused_until IS NULL OR s.paused_until > $2))
       OR EXISTS (SELECT FROM pauses p WHERE p.scope IN ('*', s.job) AND (p.until IS NULL OR p.until > $2)) AS paused
FROM schedules s
WHERE s.id = $1 AND s.enabled AND s.next_at <= $2
FOR UPDATE OF s SKIP LOCKED;

-- name: find_live_run
-- The range and the order leave the planner one index, whatever share of the runs it believes to be live.
SELECT id FROM runs
WHERE schedule_id >= $1 AND schedule_id <= $1 AND state IN ('queued', 'running')
ORDER BY schedule_id, id
LIMIT 1;

-- name: take_slot
-- Before anything is enqueued: a slot that was decided before stays so, whatever became of the schedule since.
INSERT INTO schedule_slots (schedule_id, slot_at, decision) VALUES ($1, $2, 'missed')
ON CONFLICT (schedule_id, slot_at) DO NOTHING
RETURNING true;

-- name: write_slot
UPDATE schedule_slots SET decision = $3, run_id = $4 WHERE schedule_id = $1 AND slot_at = $2;

-- name: list_other_zones
SELECT id, name, cron, zone, holidays, enabled FROM schedules WHERE job = $1 AND zone <> $2 ORDER BY name FOR UPDATE;

-- name: change_zone
UPDATE schedules SET zone = $2, decided_until = $3, next_at = $4, version = version + 1 WHERE id = $1;

-- name: move_on
UPDATE schedules SET decided_until = $2, next_at = $3 WHERE id = $1;
