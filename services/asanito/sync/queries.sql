-- name: due_entities
-- In the order of the source; a record is not seen twice by one run, since the run goes on from the last idd.
SELECT e.kind, e.key, e.state, e.idd, e.content_hash, row.row, e.label, e.attempts, e.warnings,
    b.asanito_id, b.synced_hash, b.synced_payload, coalesce(b.steps, '{}') AS steps,
    row.is_deleted OR row.is_absent AS is_deleted
FROM entities AS e
JOIN src_rows AS row ON row.table_name = $2 AND row.key = e.key
LEFT JOIN bindings AS b ON (b.kind, b.key) = (e.kind, e.key)
WHERE e.kind = $1
  AND (
      e.state IN ('pending', 'skipped', 'uncertain')
      OR (e.state = 'synced' AND e.warnings @> '[{"retry": true}]' AND $3::uuid[] IS NULL)
      OR (e.state = 'synced' AND e.key = ANY($3::uuid[]))
      -- Sent, deleted in the source since, and to be cancelled in Asanito.
      OR ($9 AND e.state = 'failed' AND e.reason_code = 'deleted_at_source' AND b.asanito_id IS NOT NULL)
  )
  AND ($3::uuid[] IS NULL OR e.key = ANY($3::uuid[]))
  AND (e.next_attempt_at IS NULL OR e.next_attempt_at <= $4 OR $3::uuid[] IS NOT NULL)
  AND (e.idd, e.key) > ($5, $6)
  AND e.idd >= $7
ORDER BY e.idd, e.key
LIMIT $8

-- name: count_due
SELECT count(*) AS all,
    count(*) FILTER (WHERE b.key IS NULL) AS creates,
    count(*) FILTER (WHERE b.key IS NULL AND e.state = 'skipped') AS skipped
FROM entities AS e
LEFT JOIN bindings AS b ON (b.kind, b.key) = (e.kind, e.key)
WHERE e.kind = $1 AND e.state IN ('pending', 'skipped') AND e.idd >= $2
  AND (e.next_attempt_at IS NULL OR e.next_attempt_at <= $3)

-- name: samples
SELECT e.key, e.label FROM entities AS e
WHERE e.kind = $1 AND e.state IN ('pending', 'skipped') AND e.idd >= $2
  AND NOT EXISTS (SELECT FROM bindings AS b WHERE (b.kind, b.key) = (e.kind, e.key))
ORDER BY e.idd DESC LIMIT 5

-- name: past_creations
-- Without the run that asks: one that goes on after a restart is measured by the others.
SELECT created FROM creations WHERE kind = $1 AND run_id <> $2 ORDER BY at DESC LIMIT 10

-- name: keep_creations
INSERT INTO creations AS held (run_id, kind, created) VALUES ($1, $2, $3)
ON CONFLICT (run_id) DO UPDATE SET created = held.created + excluded.created

-- name: get_entity
SELECT e.kind, e.key, e.state, e.idd, e.content_hash, row.row, e.label, e.attempts, e.warnings,
    b.asanito_id, b.synced_hash, b.synced_payload, coalesce(b.steps, '{}') AS steps,
    row.is_deleted OR row.is_absent AS is_deleted
FROM entities AS e
JOIN src_rows AS row ON row.table_name = $2 AND row.key = e.key
LEFT JOIN bindings AS b ON (b.kind, b.key) = (e.kind, e.key)
WHERE e.kind = $1 AND e.key = $3

-- name: save_verdict
-- The content that was sent may be older than what a scan has read meanwhile: then it is work again.
-- Who ignores a record while it is at work has decided about what was not sent.
UPDATE entities SET
    state = CASE
        WHEN reason_code = 'ignored_by_operator' AND $4 NOT IN ('synced', 'uncertain') THEN state
        WHEN $4 = 'synced' AND content_hash <> $9 THEN 'pending'
        ELSE $4
    END,
    reason_code = CASE
        WHEN reason_code = 'ignored_by_operator' AND $4 NOT IN ('synced', 'uncertain') THEN reason_code ELSE $5
    END,
    message = CASE
        WHEN reason_code = 'ignored_by_operator' AND $4 NOT IN ('synced', 'uncertain') THEN message ELSE $6
    END,
    params = $7,
    -- What dedupe told of two contacts holds until dedupe takes it back.
    warnings = $8 || jsonb_path_query_array(warnings, '$[*] ? (@.code == "both_bound")'),
    attempts = CASE WHEN $10::timestamptz IS NULL THEN 0 ELSE attempts + 1 END,
    next_attempt_at = $10, last_run_id = $3, updated_at = clock_timestamp(), version = version + 1
WHERE kind = $1 AND key = $2

-- name: bind
INSERT INTO bindings (kind, key, asanito_id, steps, origin) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (kind, key) DO UPDATE SET asanito_id = excluded.asanito_id, steps = bindings.steps || excluded.steps,
    origin = excluded.origin, bound_at = clock_timestamp()

-- name: mark_synced
UPDATE bindings SET synced_hash = $3, synced_payload = $4, synced_at = clock_timestamp() WHERE kind = $1 AND key = $2

-- name: unbind
DELETE FROM bindings WHERE kind = $1 AND key = $2

-- name: owners
SELECT asanito_id, key FROM bindings WHERE kind = ANY($1::text[]) AND asanito_id = ANY($2::bigint[])

-- name: get_tenant
SELECT base_url, customer_id FROM tenants

-- name: claim_tenant
-- While nothing is known of Asanito there is nothing that belongs to another one.
INSERT INTO tenants (base_url, customer_id) VALUES ($1, $2)
ON CONFLICT (id) DO UPDATE SET base_url = excluded.base_url, customer_id = excluded.customer_id, bound_at = clock_timestamp()
WHERE NOT EXISTS (SELECT FROM bindings) AND NOT EXISTS (SELECT FROM categories)
  AND NOT EXISTS (SELECT FROM deals WHERE deal_id IS NOT NULL)
  AND NOT EXISTS (SELECT FROM run_effects WHERE target = 'asanito' AND state IN ('planned', 'uncertain'))

-- name: find_person
-- By any version's key or the person's own; of a duplicate, the winner.
SELECT coalesce(winner.key, own.key, named.key) AS key, coalesce(winner.state, own.state) AS state,
    b.asanito_id
FROM (SELECT coalesce((SELECT person_key FROM src_aliases WHERE member_key = $1), $1) AS key) AS named
LEFT JOIN entities AS own ON (own.kind, own.key) = ('person', named.key)
LEFT JOIN entities AS winner ON own.state = 'duplicate' AND (winner.kind, winner.key) = ('person', own.alias_of)
LEFT JOIN bindings AS b ON (b.kind, b.key) = ('person', coalesce(winner.key, own.key, named.key))

-- name: find_products
SELECT wanted.key, e.state, b.asanito_id
FROM unnest($1::uuid[]) AS wanted (key)
LEFT JOIN entities AS e ON (e.kind, e.key) = ('product', wanted.key)
LEFT JOIN bindings AS b ON (b.kind, b.key) = ('product', wanted.key)

-- name: live_items
SELECT key, row FROM src_rows
WHERE table_name = 'invoiceItem' AND parent_key = $1 AND NOT is_deleted AND NOT is_absent
ORDER BY (row ->> 'index')::bigint NULLS LAST, idd

-- name: merge_steps
UPDATE bindings SET steps = steps || $3 WHERE kind = $1 AND key = $2

-- name: want_steps_again
-- The next run takes the record up again for a step that is missing, although the record itself is sent.
UPDATE entities SET
    warnings = warnings || jsonb_build_array(jsonb_build_object(
        'code', 'step_wanted', 'message', 'An operator asked for the missing step again.', 'params', '{}'::jsonb,
        'retry', true
    )),
    next_attempt_at = NULL, updated_at = clock_timestamp(), version = version + 1
WHERE kind = $1 AND key = $2 AND state = 'synced' AND NOT warnings @> '[{"code": "step_wanted"}]'
