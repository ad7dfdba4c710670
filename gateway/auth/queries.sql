-- Logins, sessions and keys as the door sees them. Times are the process clock's, as parameters.

-- name: find_session
SELECT s.id, s.user_id, s.last_seen_at, s.idle_seconds, s.expires_at, s.created_at,
       u.username, u.name, u.roles, u.kiosk, u.locale, u.must_change_password
FROM sessions s JOIN users u ON u.id = s.user_id
WHERE s.token_sha256 = $1
  AND s.expires_at > $2
  AND s.last_seen_at + make_interval(secs => s.idle_seconds) > $2
  AND u.disabled_at IS NULL;

-- name: touch_session
UPDATE sessions SET last_seen_at = $2 WHERE id = $1 AND last_seen_at < $2;

-- name: insert_session
INSERT INTO sessions (user_id, token_sha256, ip, user_agent, created_at, last_seen_at, idle_seconds, expires_at)
VALUES ($1, $2, $3, $4, $5, $5, $6, $7)
RETURNING id;

-- name: delete_session_by_token
DELETE FROM sessions WHERE token_sha256 = $1 RETURNING id, user_id;

-- name: delete_dead_sessions
DELETE FROM sessions
WHERE expires_at <= $1 OR last_seen_at + make_interval(secs => idle_seconds) <= $1;

-- name: delete_other_sessions
DELETE FROM sessions WHERE user_id = $1 AND id <> $2;

-- name: find_key
SELECT id, name, roles, secret_sha256, last_used_at
FROM api_keys
WHERE public_id = $1 AND (expires_at IS NULL OR expires_at > $2);

-- name: touch_key
UPDATE api_keys SET last_used_at = $2 WHERE id = $1;

-- name: find_login
SELECT id, username, name, password_hash, roles, kiosk, locale, must_change_password, disabled_at, version
FROM users WHERE username = $1;

-- name: get_login
SELECT id, username, name, password_hash, roles, kiosk, locale, must_change_password, disabled_at, version
FROM users WHERE id = $1;

-- name: note_login
UPDATE users SET last_login_at = $2, password_hash = coalesce($3, password_hash) WHERE id = $1;

-- name: set_own_password
UPDATE users SET password_hash = $2, must_change_password = false, version = version + 1 WHERE id = $1;

-- name: update_profile
UPDATE users SET name = coalesce($2, name), locale = coalesce($3, locale), version = version + 1 WHERE id = $1;

-- name: take_attempt
-- Counts a try before the password is looked at, so that parallel tries can't slip through; no row: still blocked.
INSERT INTO login_failures (subject, failures, last_failed_at, blocked_until)
VALUES ($1, 1, $2, $2)
ON CONFLICT (subject) DO UPDATE
    SET failures = CASE WHEN login_failures.last_failed_at < $3 THEN 1 ELSE login_failures.failures + 1 END,
        last_failed_at = $2
    WHERE login_failures.blocked_until <= $2
RETURNING failures;

-- name: block
UPDATE login_failures SET blocked_until = $2 WHERE subject = $1;

-- name: blocked_until
SELECT blocked_until FROM login_failures WHERE subject = $1;

-- name: forgive
DELETE FROM login_failures WHERE subject = $1;

-- name: give_back
UPDATE login_failures SET failures = greatest(failures - 1, 0), blocked_until = $2 WHERE subject = $1;

-- name: delete_old_failures
DELETE FROM login_failures WHERE last_failed_at < $1;
