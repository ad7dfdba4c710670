-- name: list_numbers
SELECT coalesce(array_agg(invoice_number ORDER BY invoice_number), '{}') FROM rows WHERE session_id = $1;

-- name: create_answers
CREATE TEMPORARY TABLE answers (
    number  int  NOT NULL,
    status  text NOT NULL,
    branch  text,
    day     date,
    weight  numeric
) ON COMMIT DROP;

-- name: analyze_answers
ANALYZE answers;

-- name: revalidate
-- What an earlier session delivered is not sent again, whatever the view says; nor what it may have delivered, unless a
-- person has said that it did not happen. Rows about which nothing has changed since the import are left as they are.
WITH sent AS (
    SELECT DISTINCT old.invoice_number
      FROM rows AS fresh
      JOIN rows AS old ON old.invoice_number = fresh.invoice_number AND old.status = 'valid'
      JOIN sessions AS earlier ON earlier.id = old.session_id
     WHERE fresh.session_id = $1
       AND earlier.id <> $1
       AND (earlier.uploaded_at IS NOT NULL OR EXISTS (
           SELECT
             FROM run_effects AS delivery
            WHERE delivery.target = 'delivery'
              AND delivery.op = 'put'
              AND delivery.key = to_char(earlier.business_date, 'YYYY-MM-DD') || '/' || earlier.remote_name
              AND delivery.state IN ('planned', 'uncertain', 'confirmed')
       ))
), judged AS (
    SELECT fresh.id,
           CASE WHEN sent.invoice_number IS NOT NULL THEN 'already_sent' ELSE coalesce(answers.status, 'not_found') END
               AS status,
           answers.branch, answers.day, answers.weight
      FROM rows AS fresh
      LEFT JOIN answers ON answers.number = fresh.invoice_number
      LEFT JOIN sent ON sent.invoice_number = fresh.invoice_number
     WHERE fresh.session_id = $1
)
UPDATE rows
   SET status = judged.status,
       destination_branch = judged.branch,
       available_date = judged.day,
       weight = judged.weight
  FROM judged
 WHERE rows.id = judged.id
   AND (rows.status, rows.destination_branch, rows.available_date, rows.weight)
       IS DISTINCT FROM (judged.status, judged.branch, judged.day, judged.weight);

-- name: list_shipments
SELECT invoice_number AS number, destination_branch AS branch, weight
  FROM rows
 WHERE session_id = $1 AND status = 'valid'
 ORDER BY invoice_number;

-- name: list_left_out
SELECT invoice_number AS number, status FROM rows WHERE session_id = $1 AND status <> 'valid' ORDER BY 1 LIMIT $2;

-- name: save_counts
-- The totals are frozen here: what comes later does not count any more.
UPDATE sessions
   SET total = counted.valid,
       not_found = counted.not_found,
       in_past = counted.in_past,
       already_sent = counted.already_sent,
       incomplete = counted.incomplete,
       version = version + 1
  FROM (
      SELECT count(*) FILTER (WHERE status = 'valid') AS valid,
             count(*) FILTER (WHERE status = 'not_found') AS not_found,
             count(*) FILTER (WHERE status = 'in_past') AS in_past,
             count(*) FILTER (WHERE status = 'already_sent') AS already_sent,
             count(*) FILTER (WHERE status = 'incomplete') AS incomplete
        FROM rows
       WHERE session_id = $1
  ) AS counted
 WHERE id = $1
   AND state = 'opening'
   AND csv_sha256 IS NULL
RETURNING total;

-- name: save_csv
UPDATE sessions
   SET csv_sha256 = $2, csv_lines = $3, csv_rendered_at = $4, remote_name = $5, step = 'uploading', version = version + 1
 WHERE id = $1;

-- name: save_baseline
UPDATE sessions
   SET log_baseline = $2, log_offset = $2, log_head_bytes = $3, log_digest = $4
 WHERE id = $1 AND log_baseline IS NULL;

-- name: begin_delivery
-- From here on nobody can take the file back; a close that came first wins.
UPDATE sessions
   SET delivering = true, version = version + 1
 WHERE id = $1
   AND state = 'opening'
   AND close_requested_at IS NULL
RETURNING true;

-- name: is_delivered
SELECT EXISTS (
    SELECT FROM run_effects WHERE target = 'delivery' AND op = 'put' AND key = $1 AND state = 'confirmed'
);

-- name: end_delivery
-- $2: when the file was delivered; null when it was not. Carries out a close that waited for this moment.
UPDATE sessions
   SET delivering = false,
       uploaded_at = $2,
       verify_until = $3,
       state = CASE WHEN close_requested_at IS NULL THEN state ELSE 'closed' END,
       reason = CASE WHEN close_requested_at IS NULL THEN reason ELSE 'forced' END,
       closed_by = coalesce(closed_by, close_requested_by),
       closed_at = coalesce(closed_at, CASE WHEN close_requested_at IS NOT NULL THEN $4::timestamptz END),
       step = CASE
           WHEN close_requested_at IS NOT NULL THEN NULL
           WHEN $2::timestamptz IS NULL THEN 'uploading'
           ELSE 'verifying'
       END,
       version = version + 1
 WHERE id = $1
   AND state = 'opening';

-- name: save_position
UPDATE sessions SET log_offset = $2, log_head_bytes = $3, log_digest = $4 WHERE id = $1;
