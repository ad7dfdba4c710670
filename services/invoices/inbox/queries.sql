-- name: list_present
SELECT id, name, size_bytes, modified_at, state, reason, remote_state, file_id, delete_error, first_seen_at
  FROM remote_files
 WHERE remote_state <> 'gone'
 ORDER BY name;

-- name: insert_seen
INSERT INTO remote_files (name, size_bytes, modified_at, first_seen_at, last_seen_at)
VALUES ($1, $2, $3, $4, $4)
ON CONFLICT (name) WHERE remote_state <> 'gone' DO NOTHING;

-- name: update_version
-- A name that shows another version before we took the last one.
UPDATE remote_files
   SET size_bytes = $2, modified_at = $3, state = 'seen', reason = NULL, last_seen_at = $4
 WHERE id = $1 AND state <> 'stored';

-- name: touch
UPDATE remote_files SET last_seen_at = $2 WHERE id = ANY($1::uuid[]);

-- name: mark_gone
UPDATE remote_files SET remote_state = 'gone', gone_at = $2 WHERE id = ANY($1::uuid[]);

-- name: mark
UPDATE remote_files SET state = $2, reason = $3 WHERE id = $1 AND state <> 'stored';

-- name: mark_stored
UPDATE remote_files SET state = 'stored', reason = NULL, file_id = $2 WHERE id = $1;

-- name: list_to_delete
-- Nothing in shadow mode: another application still lives from these files.
SELECT id, name, size_bytes, modified_at, state, reason, remote_state, file_id, delete_error, first_seen_at
  FROM remote_files
 WHERE remote_state = 'delete_pending'
   AND NOT EXISTS (SELECT FROM options WHERE options.name = 'shadow' AND (value ->> 'enabled')::boolean)
 ORDER BY name;

-- name: note_refusal
UPDATE remote_files
   SET delete_attempts = delete_attempts + 1, delete_error = $2
 WHERE id = $1
RETURNING file_id;

-- name: list_troubles
-- What the inbox keeps although we asked it to delete it, and what we did not take.
SELECT id, name, size_bytes, modified_at, state, reason, remote_state, file_id, delete_error, first_seen_at
  FROM remote_files
 WHERE (remote_state = 'delete_pending' AND delete_error IS NOT NULL)
    OR (remote_state = 'present' AND state = 'ignored')
 ORDER BY first_seen_at DESC
 LIMIT 50;
