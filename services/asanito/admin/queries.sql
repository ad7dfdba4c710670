-- name: hold_runs
-- Nobody claims a run until the transaction ends.
LOCK TABLE runs IN SHARE ROW EXCLUSIVE MODE

-- name: active_runs
SELECT id, job FROM runs WHERE state IN ('queued', 'running', 'waiting') AND job <> ALL($1) ORDER BY created_at LIMIT 20

-- name: delete_entities
DELETE FROM entities

-- name: delete_rows
DELETE FROM src_rows

-- name: delete_aliases
DELETE FROM src_aliases

-- name: delete_marks
DELETE FROM scan_marks

-- name: delete_mappings
DELETE FROM mappings

-- name: bump_mapping_versions
-- Whoever still looks at the old ones is told.
UPDATE mapping_versions SET version = version + 1

-- name: delete_triggers
DELETE FROM trigger_products

-- name: delete_creations
DELETE FROM creations

-- name: delete_inherited
DELETE FROM inherited

-- name: delete_inherited_tables
DELETE FROM inherited_tables

-- name: delete_bindings
DELETE FROM bindings

-- name: delete_categories
DELETE FROM categories

-- name: delete_tenant
-- What is known of no tenant binds us to none.
DELETE FROM tenants

-- name: delete_deals
DELETE FROM deals

-- name: switch_off
-- Nothing starts by itself after a reset.
UPDATE schedules SET enabled = false, next_at = NULL, version = version + 1 WHERE enabled AND job <> ALL($1)

-- name: find_person
SELECT e.key, b.asanito_id
FROM entities AS e
LEFT JOIN bindings AS b ON (b.kind, b.key) = (e.kind, e.key)
WHERE e.kind = 'person' AND e.key = $1
FOR UPDATE OF e

-- name: keep_forgotten
INSERT INTO forgotten_persons (key, by) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING

-- name: strip_person
-- The trigger takes the personal columns away.
UPDATE src_rows SET is_deleted = is_deleted WHERE table_name = 'membership' AND key = $1

-- name: strip_receipts
UPDATE src_rows SET is_deleted = is_deleted
WHERE table_name = 'receipt'
  AND (parent_key = $1 OR parent_key IN (SELECT member_key FROM src_aliases WHERE person_key = $1))
RETURNING key

-- name: strip_records
UPDATE entities SET label = '', updated_at = clock_timestamp(), version = version + 1
WHERE (kind = 'person' AND key = $1) OR (kind = 'receipt' AND key = ANY($2::uuid[]))

-- name: strip_payload
UPDATE bindings SET synced_payload = NULL WHERE kind = 'person' AND key = $1

-- name: sent_receipts
SELECT key, synced_payload FROM bindings WHERE kind = 'receipt' AND key = ANY($1::uuid[]) AND synced_payload IS NOT NULL

-- name: keep_payload
UPDATE bindings SET synced_payload = $2 WHERE kind = 'receipt' AND key = $1

-- name: strip_inherited
UPDATE inherited SET message = '' WHERE kind = 'person' AND key = $1
