-- name: get_file
SELECT * FROM files WHERE id = $1;

-- name: claim_file
-- $2: the states that the decision is meant for. Of two decisions at once, one finds the file as it was; the import
-- that follows in the same transaction settles what the file becomes. From here on it is a file of $3.
UPDATE files
   SET state = 'stored',
       reason = NULL,
       business_date = $3,
       count_accepted_by = coalesce($4, count_accepted_by),
       version = version + 1
 WHERE id = $1
   AND state = ANY($2::text[])
RETURNING *;

-- name: discard_file
-- Its bytes are kept here; the inbox may forget them.
WITH discarded AS (
    UPDATE files
       SET state = 'discarded', version = version + 1
     WHERE id = $1
       AND state = ANY($2::text[])
    RETURNING *
), freed AS (
    UPDATE remote_files
       SET remote_state = 'delete_pending'
      FROM discarded
     WHERE remote_files.file_id = discarded.id
       AND remote_files.remote_state = 'present'
)
SELECT * FROM discarded;
