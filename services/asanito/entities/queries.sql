-- name: entities_for_list
SELECT * FROM listed_entities

-- name: get_listed
SELECT * FROM listed_entities WHERE kind = $1 AND key = $2

-- name: lock_entity
SELECT e.id, e.kind, e.key, e.state, e.reason_code, e.label, e.content_hash, b.asanito_id
FROM entities AS e
LEFT JOIN bindings AS b ON (b.kind, b.key) = (e.kind, e.key)
WHERE e.id = $1
FOR UPDATE OF e

-- name: find_id
SELECT id FROM entities WHERE kind = $1 AND key = $2

-- name: set_state
UPDATE entities SET state = $2, reason_code = $3, message = $4, attempts = 0, next_attempt_at = NULL, alias_of = NULL,
    is_distinct = is_distinct OR $5, updated_at = clock_timestamp(), version = version + 1
WHERE id = $1

-- name: look_now
UPDATE entities SET next_attempt_at = NULL WHERE id = $1

-- name: stats
SELECT kind, state, reason_code, count(*) AS count,
    count(*) FILTER (WHERE warnings <> '[]') AS warned,
    count(*) FILTER (WHERE idd < coalesce(($1::jsonb ->> kind)::bigint, 0)) AS before_start
FROM entities
GROUP BY kind, state, reason_code

-- name: get_detail
SELECT row.row, row.version_key, row.read_at, b.asanito_id, b.synced_payload, b.synced_at, b.bound_at, b.origin, b.steps
FROM entities AS e
LEFT JOIN src_rows AS row ON row.table_name = $2 AND row.key = e.key
LEFT JOIN bindings AS b ON (b.kind, b.key) = (e.kind, e.key)
WHERE e.id = $1

-- name: versions
SELECT member_key FROM src_aliases WHERE person_key = $1 ORDER BY member_key LIMIT 100

-- name: list_uncertain
SELECT e.id, e.kind, e.key, e.reason_code, e.message, e.updated_at
FROM entities AS e WHERE e.state = 'uncertain' ORDER BY e.updated_at DESC LIMIT 50

-- name: count_failed
SELECT kind, reason_code, count(*) AS count, min(updated_at) AS since
FROM entities WHERE state = 'failed' GROUP BY kind, reason_code ORDER BY count(*) DESC LIMIT 20

-- name: search
SELECT e.kind, e.key, e.state, e.label FROM entities AS e
LEFT JOIN bindings AS b ON (b.kind, b.key) = (e.kind, e.key)
WHERE e.key = $2 OR b.asanito_id = $3 OR e.label ILIKE $1
ORDER BY e.updated_at DESC
LIMIT $4
