-- API keys, as administrators see them; the secret's digest is never read here.

-- name: keys_for_list
SELECT id, public_id, name, roles, created_by, created_at, expires_at, last_used_at FROM api_keys

-- name: insert
INSERT INTO api_keys (public_id, secret_sha256, name, roles, created_by, expires_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT ON CONSTRAINT api_keys_name_key DO NOTHING
RETURNING id, public_id, name, roles, created_by, created_at, expires_at, last_used_at;

-- name: delete
DELETE FROM api_keys WHERE id = $1
RETURNING id, public_id, name, roles, created_by, created_at, expires_at, last_used_at;
