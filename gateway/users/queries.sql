-- Users, as administrators see them.

-- name: users_for_list
SELECT id, username, name, roles, kiosk, locale, must_change_password, last_login_at, created_at, version,
       disabled_at IS NOT NULL AS disabled
FROM users

-- name: get
SELECT id, username, name, roles, kiosk, locale, must_change_password, last_login_at, created_at, version,
       disabled_at IS NOT NULL AS disabled
FROM users WHERE id = $1;

-- name: lock
SELECT id, username, name, roles, kiosk, locale, must_change_password, last_login_at, created_at, version,
       disabled_at IS NOT NULL AS disabled
FROM users WHERE id = $1 FOR UPDATE;

-- name: lock_admins
-- Who can let others in. Taken before any change that may remove one, in one order, so that two can't remove each other.
SELECT id FROM users WHERE roles ->> 'portico' = 'admin' AND disabled_at IS NULL ORDER BY id FOR UPDATE;

-- name: insert
INSERT INTO users (username, name, password_hash, must_change_password, kiosk, locale, roles)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT ON CONSTRAINT users_username_key DO NOTHING
RETURNING id;

-- name: update
UPDATE users
SET name = $2, roles = $3, kiosk = $4, locale = $5, version = version + 1,
    disabled_at = CASE WHEN $6 THEN coalesce(disabled_at, $7) END
WHERE id = $1;

-- name: set_password
UPDATE users SET password_hash = $2, must_change_password = $3, version = version + 1 WHERE id = $1;

-- name: delete
DELETE FROM users WHERE id = $1;

-- name: end_sessions
DELETE FROM sessions WHERE user_id = $1;
