-- name: failed_attempts
-- Attempts that failed since the last one that did its work, of the jobs that use source and Asanito.
WITH attempts AS (
    SELECT a.run_id, a.attempt, r.job, a.finished_at AS at, a.outcome, r.state = 'failed' AND r.attempt = a.attempt AS is_last,
        a.error ->> 'code' AS code, a.error ->> 'detail' AS error
    FROM run_attempts AS a
    JOIN runs AS r ON r.id = a.run_id
    WHERE r.job = ANY($1) AND a.finished_at IS NOT NULL AND r.created_at > now() - interval '30 days'
)
SELECT run_id, attempt, job, at, is_last, code, coalesce(error, '') AS error
FROM attempts
WHERE code IS NOT NULL AND outcome IN ('failed', 'retry')
  AND at > coalesce((SELECT max(at) FROM attempts WHERE outcome = ANY($2)), '-infinity')
ORDER BY at, run_id, attempt

-- name: recovered
-- Alerts that were put, and after which an attempt did its work. Not those sent once more to who had not got them.
SELECT told.key, (told.payload -> 'data' ->> 'since')::timestamptz AS since, min(good.finished_at) AS at
FROM outbox AS told
JOIN runs AS r ON r.job = ANY($1)
JOIN run_attempts AS good ON good.run_id = r.id AND good.outcome = ANY($2) AND good.finished_at > told.created_at
WHERE told.kind = 'mail' AND told.payload ->> 'kind' = ANY($3) AND told.created_at > now() - interval '30 days'
  AND NOT told.payload ? 'without'
  AND NOT EXISTS (SELECT FROM outbox AS over WHERE over.kind = 'mail' AND over.key = 'recovered:' || told.key)
GROUP BY told.key, told.payload

-- name: ended_cycles
-- Cycles whose mail is not written yet; not those of long ago, when nobody wrote mails.
SELECT r.id, r.state, r.reason_code, coalesce(r.started_at, r.created_at) AS started_at, r.finished_at
FROM runs AS r
WHERE r.job = 'cycle' AND r.state IN ('succeeded', 'partial', 'failed', 'cancelled')
  AND r.finished_at > now() - interval '2 days'
  AND NOT EXISTS (SELECT FROM outbox AS told WHERE told.kind = 'mail' AND told.key = 'morning:' || r.id)
ORDER BY r.finished_at

-- name: steps
SELECT job, state, reason_code AS reason, ok_count + warning_count AS sent, problem_count AS problems, skipped_count AS left
FROM runs WHERE parent_id = $1 ORDER BY created_at, id

-- name: kinds
SELECT kind, count(*) AS total, count(*) FILTER (WHERE state = 'synced') AS synced,
    count(*) FILTER (WHERE state = 'skipped') AS skipped, count(*) FILTER (WHERE state = 'failed') AS failed,
    count(*) FILTER (WHERE state = 'uncertain') AS uncertain,
    count(*) FILTER (WHERE state = 'skipped' AND reason_code = 'mapping_missing') AS gaps
FROM entities GROUP BY kind

-- name: reasons
SELECT kind, state, reason_code AS reason, count(*) AS count
FROM entities WHERE state IN ('failed', 'uncertain', 'skipped') AND reason_code IS NOT NULL
GROUP BY 1, 2, 3 ORDER BY state = 'skipped', count(*) DESC LIMIT 30

-- name: open_questions
SELECT count(*) FROM questions WHERE state = 'open'

-- name: due_cycle
-- When the schedule meant a cycle to start today, and how the newest one since then stands.
SELECT due.slot_at AS due_at, newest.state
FROM (
    SELECT slot.slot_at
    FROM schedule_slots AS slot
    JOIN schedules AS s ON s.id = slot.schedule_id
    WHERE s.job = 'cycle' AND s.enabled AND slot.decision <> 'paused' AND slot.slot_at BETWEEN $1 AND $2
    ORDER BY slot.slot_at DESC
    LIMIT 1
) AS due
LEFT JOIN LATERAL (
    SELECT r.state FROM runs AS r
    WHERE r.job = 'cycle' AND coalesce(r.finished_at, now()) >= due.slot_at
    ORDER BY r.state IN ('succeeded', 'partial') DESC, r.created_at DESC
    LIMIT 1
) AS newest ON true
