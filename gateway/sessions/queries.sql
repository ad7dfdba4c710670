-- The sessions of one user.

-- name: list_living
SELECT id, ip, user_agent, created_at, last_seen_at, expires_at
FROM sessions
WHERE user_id = $1 AND expires_at > $2 AND last_seen_at + make_interval(secs => idle_seconds) > $2
ORDER BY last_seen_at DESC, id
LIMIT 200;

-- name: delete
DELETE FROM sessions WHERE id = $1 AND user_id = $2 RETURNING id;
