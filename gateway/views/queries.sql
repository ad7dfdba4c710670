-- Saved views. `$1` is who asks; `null` for a key, which has no views of its own.

-- name: list_views
SELECT v.*, d.view_id IS NOT NULL AS is_default
FROM saved_views v
LEFT JOIN default_views d ON d.user_id = $1 AND d.screen = v.screen AND d.view_id = v.id
WHERE v.deleted_at IS NULL AND (v.owner_id = $1 OR v.shared) AND v.screen = ANY($2::text[])
ORDER BY lower(v.name), v.id
LIMIT 1000;

-- name: screens
SELECT DISTINCT screen FROM saved_views WHERE deleted_at IS NULL AND ($1::text IS NULL OR screen = $1);

-- name: get_view
SELECT v.*, d.view_id IS NOT NULL AS is_default
FROM saved_views v
LEFT JOIN default_views d ON d.user_id = $1 AND d.screen = v.screen AND d.view_id = v.id
WHERE v.id = $2 AND (v.owner_id = $1 OR v.shared OR $3);

-- name: lock_view
SELECT id FROM saved_views WHERE id = $1 FOR UPDATE;

-- name: count_own
SELECT count(*) FROM saved_views WHERE owner_id = $1 AND deleted_at IS NULL;

-- name: insert_view
INSERT INTO saved_views (owner_id, owner, screen, name, search, shared, created_at, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
RETURNING id;

-- name: update_view
UPDATE saved_views SET name = $2, search = $3, shared = $4, changed_at = $5, version = version + 1 WHERE id = $1;

-- name: delete_view
UPDATE saved_views SET deleted_at = $2, version = version + 1 WHERE id = $1;

-- name: restore_view
UPDATE saved_views SET deleted_at = NULL, version = version + 1 WHERE id = $1;

-- name: forget_deleted
DELETE FROM saved_views WHERE deleted_at < $1 OR (owner_id IS NULL AND NOT shared);

-- name: set_default
INSERT INTO default_views (user_id, screen, view_id) VALUES ($1, $2, $3)
ON CONFLICT (user_id, screen) DO UPDATE SET view_id = excluded.view_id;

-- name: unset_default
DELETE FROM default_views WHERE user_id = $1 AND view_id = $2;
