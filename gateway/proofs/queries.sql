-- Proofs of who stands at a shared screen. Times are the process clock's, as parameters.

-- name: insert
INSERT INTO proofs (token_sha256, session_id, user_id, user_version, method, path, expires_at)
SELECT $1, $2, u.id, u.version, $4, $5, $6
FROM users u
WHERE u.id = $3 AND u.version = $7 AND u.disabled_at IS NULL
RETURNING token_sha256;

-- name: take
-- Deletes, so that of many requests with one proof one alone finds it. Nothing is taken that does not fit.
DELETE FROM proofs p
USING users u
WHERE p.token_sha256 = $1 AND p.session_id = $2 AND p.method = $3 AND p.path = $4 AND p.expires_at > $5
  AND u.id = p.user_id AND u.version = p.user_version AND u.disabled_at IS NULL AND NOT u.must_change_password
RETURNING u.id, u.username, u.roles;

-- name: delete_expired
DELETE FROM proofs WHERE expires_at <= $1;
