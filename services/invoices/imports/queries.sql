-- name: create_staging
-- One import works in temporary tables of its connection, so that nothing is locked while it parses and asks the view.
CREATE TEMPORARY TABLE IF NOT EXISTS staged_rows (
    line_number     int           NOT NULL,
    invoice_number  int           NOT NULL,
    quantity        int           NOT NULL,
    description     text          NOT NULL,
    -- Numbers of staged_categories.
    categories      int[]         NOT NULL,
    value           numeric(14, 4) NOT NULL,
    repeated        boolean       NOT NULL DEFAULT false
);
CREATE TEMPORARY TABLE IF NOT EXISTS staged_categories (
    number          int           NOT NULL,
    key             text          NOT NULL,
    name            text          NOT NULL
);
CREATE TEMPORARY TABLE IF NOT EXISTS staged_rejections (
    line_number     int           NOT NULL,
    reason          text          NOT NULL,
    text            text          NOT NULL
);
CREATE TEMPORARY TABLE IF NOT EXISTS staged_answers (
    number          int           NOT NULL,
    status          text          NOT NULL,
    branch          text,
    day             date,
    weight          numeric
);

-- name: clear_staging
TRUNCATE staged_rows, staged_categories, staged_rejections, staged_answers;

-- name: allow_memory
-- A million rows are joined and sorted in the transaction that follows; by default that would go over the disk.
SET LOCAL work_mem = '64MB';

-- name: analyze_staging
ANALYZE staged_rows, staged_answers;

-- name: find_imported
SELECT id FROM files WHERE sha256 = $1 AND state = 'imported';

-- name: was_name_used
SELECT EXISTS (SELECT FROM files WHERE lower(name) = lower($1) AND sha256 <> $2 AND state <> 'discarded');

-- name: insert_file
INSERT INTO files (
    sha256, name, source, uploaded_by, size_bytes, business_date, received_at, modified_at, warnings, state
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'stored')
RETURNING *;

-- name: get_file
SELECT * FROM files WHERE id = $1;

-- name: lock_file
SELECT * FROM files WHERE id = $1 FOR UPDATE;

-- name: list_stored
SELECT * FROM files WHERE state = 'stored' ORDER BY received_at, id;

-- name: take_session
-- One statement decides against a Start at the same moment: no row when the session is not `ready` any more.
INSERT INTO sessions (business_date, created_at)
VALUES ($1, $2)
ON CONFLICT (business_date) DO UPDATE SET version = sessions.version + 1 WHERE sessions.state = 'ready'
RETURNING id;

-- name: find_session
SELECT id, state, started_by, started_at FROM sessions WHERE business_date = $1;

-- name: reject_conflicting_repeats
-- A number that came before in the file: the same line again is dropped, another one is rejected; the first counts.
WITH repeats AS (
    SELECT again.line_number, again.invoice_number, again.quantity, again.description, again.value,
           (again.quantity, again.description, again.value) = (first.quantity, first.description, first.value) AS same
      FROM staged_rows AS again
      JOIN staged_rows AS first ON first.invoice_number = again.invoice_number AND NOT first.repeated
     WHERE again.repeated
), rejected AS (
    INSERT INTO staged_rejections (line_number, reason, text)
    SELECT line_number, 'duplicate_conflict',
           left(concat_ws('|', invoice_number, quantity, description, value), 200)
      FROM repeats
     WHERE NOT same
)
SELECT count(*) FILTER (WHERE same) AS same, count(*) FILTER (WHERE NOT same) AS conflicting FROM repeats;

-- name: reject_conflicting_rows
-- The same for a number that another file of the session brought; what stays staged is new. The session is locked, so
-- that no other file can bring one meanwhile.
WITH known AS (
    DELETE FROM staged_rows AS fresh
     USING rows AS old
     WHERE old.invoice_number = fresh.invoice_number
       AND old.session_id = $1
    RETURNING fresh.line_number, fresh.invoice_number, fresh.quantity, fresh.description, fresh.value, fresh.repeated,
              (fresh.quantity, fresh.description, fresh.value) = (old.quantity, old.description, old.value) AS same
), rejected AS (
    INSERT INTO staged_rejections (line_number, reason, text)
    SELECT line_number, 'duplicate_conflict',
           left(concat_ws('|', invoice_number, quantity, description, value), 200)
      FROM known
     WHERE NOT same AND NOT repeated
)
SELECT count(*) FILTER (WHERE same) AS same, count(*) FILTER (WHERE NOT same) AS conflicting
  FROM known
 WHERE NOT repeated;

-- name: insert_rows
-- What an earlier session delivered is not sent again, whatever the view says. `kinds` turns the file's numbers of
-- categories into ids: the first element is the id of number 1. Most rows have up to three, and a subquery for each of a
-- million rows takes a tenth of all; so do rows that are returned only to be counted.
WITH kinds AS MATERIALIZED (
    SELECT array_agg(categories.id ORDER BY staged.number) AS ids
      FROM staged_categories AS staged
      JOIN categories ON categories.key = staged.key
), sent AS (
    SELECT DISTINCT old.invoice_number
      FROM staged_rows AS fresh
      JOIN rows AS old ON old.invoice_number = fresh.invoice_number AND old.status = 'valid'
      JOIN sessions AS earlier ON earlier.id = old.session_id
     WHERE earlier.id <> $2 AND earlier.uploaded_at IS NOT NULL
)
INSERT INTO rows (
    file_id, session_id, line_number, invoice_number, quantity, description, value, status,
    destination_branch, available_date, weight, category_ids
)
SELECT $1, $2, fresh.line_number, fresh.invoice_number, fresh.quantity, fresh.description, fresh.value,
       CASE WHEN sent.invoice_number IS NOT NULL THEN 'already_sent' ELSE coalesce(answers.status, 'not_found') END,
       answers.branch, answers.day, answers.weight,
       CASE cardinality(fresh.categories)
           WHEN 1 THEN ARRAY[ids[categories[1]]]
           WHEN 2 THEN ARRAY[ids[categories[1]], ids[categories[2]]]
           WHEN 3 THEN ARRAY[ids[categories[1]], ids[categories[2]], ids[categories[3]]]
           ELSE ARRAY(SELECT ids[number] FROM unnest(categories) AS number)
       END
  FROM staged_rows AS fresh
 CROSS JOIN kinds
  LEFT JOIN staged_answers AS answers ON answers.number = fresh.invoice_number
  LEFT JOIN sent ON sent.invoice_number = fresh.invoice_number
 WHERE NOT fresh.repeated
 ORDER BY fresh.line_number;

-- name: count_rows
SELECT count(*) AS kept,
       count(*) FILTER (WHERE status = 'valid') AS valid,
       count(*) FILTER (WHERE status = 'not_found') AS not_found,
       count(*) FILTER (WHERE status = 'in_past') AS in_past,
       count(*) FILTER (WHERE status = 'already_sent') AS already_sent,
       count(*) FILTER (WHERE status = 'incomplete') AS incomplete,
       coalesce(sum(quantity), 0) AS total_quantity,
       coalesce(sum(value), 0) AS total_value
  FROM rows
 WHERE file_id = $1;

-- name: insert_categories
-- By key, so that two imports at once take the locks in one order.
INSERT INTO categories (key, name)
SELECT DISTINCT ON (key) key, name FROM staged_categories ORDER BY key, number
ON CONFLICT (key) DO NOTHING;

-- name: count_categories
-- Locked in one order, like above.
WITH counted AS (
    SELECT category_id, count(*) AS number
      FROM rows
     CROSS JOIN unnest(rows.category_ids) AS category_id
     WHERE rows.file_id = $1
     GROUP BY category_id
), locked AS (
    SELECT categories.id, counted.number
      FROM categories
      JOIN counted ON counted.category_id = categories.id
     ORDER BY categories.id
       FOR UPDATE OF categories
)
UPDATE categories SET row_count = row_count + locked.number FROM locked WHERE categories.id = locked.id;

-- name: save_rejections
-- A held file that is accepted has saved most of them before.
INSERT INTO rejected_rows (file_id, line_number, reason, text)
SELECT $1, line_number, reason, text FROM staged_rejections
ON CONFLICT (file_id, line_number) DO NOTHING;

-- name: count_rejections
SELECT reason, count(*) AS number FROM staged_rejections GROUP BY reason ORDER BY reason;

-- name: list_first_rejections
SELECT line_number, reason, text FROM staged_rejections ORDER BY line_number LIMIT $1;

-- name: finish_file
-- A file is judged once: what was imported or discarded meanwhile stays so.
UPDATE files
   SET state = $2, reason = $3, session_id = $4, duplicate_of = $5, encoding = $6, declared = $7, records = $8,
       verdict = $9, counters = $10, total_quantity = $11, total_value = $12, warnings = $13,
       imported_at = CASE WHEN $2 = 'imported' THEN $14::timestamptz END, count_accepted_by = $15,
       version = version + 1
 WHERE id = $1
   AND state IN ('stored', 'held')
RETURNING *;

-- name: add_to_session
-- All totals anew from the rows and the imported files: an import can be repeated or be the second of its day.
UPDATE sessions
   SET (total, not_found, in_past, already_sent, incomplete, kept, total_quantity, total_value) = (
           SELECT count(*) FILTER (WHERE status = 'valid'),
                  count(*) FILTER (WHERE status = 'not_found'),
                  count(*) FILTER (WHERE status = 'in_past'),
                  count(*) FILTER (WHERE status = 'already_sent'),
                  count(*) FILTER (WHERE status = 'incomplete'),
                  count(*),
                  coalesce(sum(quantity), 0),
                  coalesce(sum(value), 0)
             FROM rows
            WHERE session_id = $1
       ),
       (ignored, rejected) = (
           SELECT coalesce(sum((counters ->> 'ignored')::int), 0), coalesce(sum((counters ->> 'rejected')::int), 0)
             FROM files
            WHERE session_id = $1
       ),
       version = version + 1
 WHERE id = $1;

-- name: list_unsent
SELECT invoice_number AS number, status
  FROM rows
 WHERE file_id = $1 AND status <> 'valid'
 ORDER BY invoice_number
 LIMIT $2;

-- name: free_remote_file
-- Its bytes are safe here: the inbox may lose them. Harmless for an uploaded file, which has no row there.
UPDATE remote_files SET remote_state = 'delete_pending' WHERE file_id = $1 AND remote_state = 'present';

-- name: files_for_list
SELECT id, sha256, name, source, uploaded_by, size_bytes, business_date, received_at, modified_at, state, reason,
       session_id, duplicate_of, encoding, declared, records, verdict, count_accepted_by, counters, total_quantity,
       total_value, warnings, imported_at, version
  FROM files

-- name: rows_for_list
SELECT file_id, line_number, line_number AS id, invoice_number, quantity, description, value, status,
       NULL AS reason, NULL AS text
  FROM rows
UNION ALL
SELECT file_id, line_number, line_number, NULL, NULL, NULL, NULL, 'rejected', reason, text
  FROM rejected_rows

-- name: list_open_questions
-- Files that wait for a person.
SELECT id, name, state, reason, received_at, declared, records, size_bytes
  FROM files
 WHERE state IN ('held', 'late', 'stale')
 ORDER BY received_at DESC
 LIMIT 50;

-- name: search_files
SELECT id, name, state, business_date, records
  FROM files
 WHERE position(lower($1) IN lower(name)) > 0
 ORDER BY received_at DESC
 LIMIT $2;

-- name: search_rows
SELECT rows.invoice_number, rows.status, rows.line_number, rows.file_id, files.name, files.business_date
  FROM rows
  JOIN files ON files.id = rows.file_id
 WHERE rows.invoice_number = $1
 ORDER BY files.business_date DESC
 LIMIT $2;
