-- name: save_checkpoint
UPDATE runs SET checkpoint = $3 WHERE id = $1 AND lease_token = $2 RETURNING true;

-- name: guard_run
-- The row lock keeps sweeper and finish away until the caller commits; the heartbeat skips locked rows, so renew here.
UPDATE runs SET lease_until = clock_timestamp() + make_interval(secs => $3)
WHERE id = $1 AND lease_token = $2
RETURNING true;
