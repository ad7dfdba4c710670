-- name: find_session
SELECT * FROM sessions WHERE business_date = $1;

-- name: get_session
SELECT * FROM sessions WHERE id = $1;

-- name: lock_session
SELECT * FROM sessions WHERE id = $1 FOR UPDATE;

-- name: list_unfinished
SELECT * FROM sessions WHERE state <> 'closed' ORDER BY business_date;

-- name: list_files
SELECT id, name, source, size_bytes, state, reason, received_at, uploaded_by, records
  FROM files
 WHERE business_date = $1 AND state <> 'duplicate'
 ORDER BY received_at, id;

-- name: list_unsent
SELECT invoice_number AS number, status
  FROM rows
 WHERE session_id = $1 AND status <> 'valid'
 ORDER BY invoice_number
 LIMIT $2;

-- name: valid_numbers
SELECT array_agg(invoice_number ORDER BY invoice_number) FROM rows WHERE session_id = $1 AND status = 'valid';

-- name: start_session
-- $4: the reasons of failure after which nothing can have reached the receiver.
UPDATE sessions
   SET state = 'opening',
       step = CASE WHEN csv_sha256 IS NULL THEN 'generating' ELSE 'uploading' END,
       reason = NULL,
       error = NULL,
       started_by = $2,
       started_at = $3,
       attempt = attempt + 1,
       version = version + 1
 WHERE business_date = $1
   AND (state = 'ready' OR (state = 'failed' AND reason = ANY($4::text[])))
   AND NOT EXISTS (SELECT FROM options WHERE name = 'shadow' AND (value ->> 'enabled')::boolean)
RETURNING *;

-- name: is_shadow
SELECT EXISTS (SELECT FROM options WHERE name = 'shadow' AND (value ->> 'enabled')::boolean);

-- name: site_zone
SELECT value ->> 'zone' FROM options WHERE name = 'site';

-- name: set_run
UPDATE sessions SET run_id = $2 WHERE id = $1 RETURNING *;

-- name: close_session
-- $2: forced. While the CSV is being delivered the wish is noted, and carried out by whoever ends the delivery.
UPDATE sessions
   SET state = CASE WHEN delivering THEN state ELSE 'closed' END,
       reason = CASE
           WHEN delivering THEN reason
           WHEN state = 'open' AND processed >= total AND total > 0 THEN 'completed'
           ELSE 'forced'
       END,
       step = CASE WHEN delivering THEN step END,
       closed_by = CASE WHEN delivering THEN closed_by ELSE $3 END,
       closed_at = CASE WHEN delivering THEN closed_at ELSE $4::timestamptz END,
       close_requested_by = coalesce(close_requested_by, CASE WHEN delivering THEN $3 END),
       close_requested_at = coalesce(close_requested_at, CASE WHEN delivering THEN $4::timestamptz END),
       version = version + 1
 WHERE business_date = $1
   AND state <> 'closed'
   AND ($2 OR (state = 'open' AND processed >= total AND total > 0))
RETURNING *;

-- name: expire_sessions
-- Sessions of earlier days end with their day. One whose file is on its way is left until that is known.
UPDATE sessions AS session
   SET state = 'closed',
       reason = 'forced',
       step = NULL,
       closed_by = 'system',
       closed_at = $2,
       expired = true,
       version = session.version + 1
  FROM sessions AS before
 WHERE before.id = session.id
   AND session.business_date < $1
   AND session.state <> 'closed'
   AND NOT session.delivering
RETURNING session.*, before.state AS state_before;

-- name: fail_session
-- A close that was asked for meanwhile wins over the failure.
UPDATE sessions
   SET state = CASE WHEN close_requested_at IS NULL THEN 'failed' ELSE 'closed' END,
       reason = CASE WHEN close_requested_at IS NULL THEN $2 ELSE 'forced' END,
       closed_by = close_requested_by,
       closed_at = CASE WHEN close_requested_at IS NOT NULL THEN $4::timestamptz END,
       error = $3,
       read_count = coalesce($5, read_count),
       log_line = coalesce($6, log_line),
       delivering = false,
       version = version + 1
 WHERE id = $1
   AND (state = 'opening' OR (state = 'failed' AND reason = 'log_timeout'))
RETURNING *;

-- name: open_session
UPDATE sessions
   SET state = CASE WHEN close_requested_at IS NULL THEN 'open' ELSE 'closed' END,
       reason = CASE WHEN close_requested_at IS NOT NULL THEN 'forced' END,
       closed_by = close_requested_by,
       closed_at = CASE WHEN close_requested_at IS NOT NULL THEN $2::timestamptz END,
       step = NULL,
       error = NULL,
       verified_at = $2,
       read_count = $3,
       log_line = $4,
       delivering = false,
       version = version + 1
 WHERE id = $1
   AND (state = 'opening' OR (state = 'failed' AND reason = 'log_timeout'))
RETURNING *;

-- name: confirm_session
-- $5: the reasons of failure after which the file was delivered.
UPDATE sessions
   SET state = 'open',
       reason = NULL,
       step = NULL,
       verified_at = $2,
       confirmed_by = $3,
       confirmed_note = $4,
       version = version + 1
 WHERE business_date = $1
   AND state = 'failed'
   AND reason = ANY($5::text[])
RETURNING *;

-- name: save_progress
-- The last shipment closes the session.
UPDATE sessions
   SET processed = $2,
       checked_at = $3,
       stale = false,
       state = CASE WHEN state = 'open' AND $2 >= total AND total > 0 THEN 'closed' ELSE state END,
       reason = CASE WHEN state = 'open' AND $2 >= total AND total > 0 THEN 'completed' ELSE reason END,
       closed_by = CASE WHEN state = 'open' AND $2 >= total AND total > 0 THEN 'system' ELSE closed_by END,
       closed_at = CASE WHEN state = 'open' AND $2 >= total AND total > 0 THEN $3 ELSE closed_at END,
       version = version + 1
 WHERE id = $1
   AND state IN ('open', 'failed')
RETURNING *;

-- name: mark_stale
UPDATE sessions SET stale = true, version = version + 1 WHERE id = $1 AND NOT stale;

-- name: sessions_for_list
SELECT id, business_date, state, reason, expired, processed, total, not_found, started_by, started_at, closed_by, closed_at
  FROM sessions;
