-- name: start_of_scan
-- The mark of before the overlap; without one that old, the oldest mark there is: what came before it was read late enough.
SELECT coalesce(
    (SELECT idd FROM scan_marks WHERE table_name = $1 AND at <= $2 ORDER BY at DESC LIMIT 1),
    (SELECT idd FROM scan_marks WHERE table_name = $1 ORDER BY at LIMIT 1)
) AS marked, (SELECT max(idd) FROM scan_marks WHERE table_name = $1) AS newest

-- name: mark_scan
INSERT INTO scan_marks (table_name, at, idd) VALUES ($1, $2, $3)
ON CONFLICT (table_name, at) DO UPDATE SET idd = greatest(excluded.idd, scan_marks.idd)

-- name: forget_marks
-- The newest mark that is older than the overlap stays: the next scan starts there.
DELETE FROM scan_marks AS old
WHERE table_name = $1 AND at < (SELECT max(at) FROM scan_marks WHERE table_name = $1 AND at <= $2)

-- name: upsert_rows
-- The newest version of each group wins; the same version wins when something in it changed.
INSERT INTO src_rows AS held (
    table_name, key, version_key, idd, hash, row, is_deleted, parent_key, product_key, document_date, amount, mobile,
    national_code, source_aid, source_status, read_at
)
SELECT DISTINCT ON (read.key)
    $1, read.key, read.version_key, read.idd, read.hash, read.row, read.is_deleted, read.parent_key, read.product_key,
    read.document_date, read.amount, read.mobile, read.national_code, read.source_aid, read.source_status, $16
FROM unnest(
    $2::uuid[], $3::uuid[], $4::bigint[], $5::bytea[], $6::jsonb[], $7::boolean[], $8::uuid[], $9::uuid[], $10::date[],
    $11::numeric[], $12::text[], $13::text[], $14::text[], $15::text[]
) AS read (
    key, version_key, idd, hash, row, is_deleted, parent_key, product_key, document_date, amount, mobile, national_code,
    source_aid, source_status
)
ORDER BY read.key, read.idd DESC
ON CONFLICT (table_name, key) DO UPDATE SET
    version_key = excluded.version_key, idd = excluded.idd, hash = excluded.hash, row = excluded.row,
    is_deleted = excluded.is_deleted, is_absent = false, parent_key = excluded.parent_key,
    product_key = excluded.product_key, document_date = excluded.document_date, amount = excluded.amount,
    mobile = excluded.mobile, national_code = excluded.national_code, source_aid = excluded.source_aid,
    source_status = excluded.source_status, read_at = excluded.read_at
WHERE excluded.idd > held.idd
   OR held.is_absent
   OR (
       excluded.idd = held.idd
       AND (
           excluded.hash <> held.hash OR excluded.source_aid IS DISTINCT FROM held.source_aid
           OR excluded.source_status IS DISTINCT FROM held.source_status
       )
   )
RETURNING held.key, held.parent_key

-- name: upsert_aliases
INSERT INTO src_aliases AS held (member_key, person_key)
SELECT DISTINCT ON (member_key) member_key, person_key FROM unnest($1::uuid[], $2::uuid[]) AS read (member_key, person_key)
ON CONFLICT (member_key) DO UPDATE SET person_key = excluded.person_key WHERE held.person_key <> excluded.person_key

-- name: refresh_entities
-- What changed in the source becomes work; what an operator decided, and what waits for an answer, stays as it is.
INSERT INTO entities AS held (kind, key, state, reason_code, message, idd, content_hash, label)
SELECT $1, row.key,
    CASE WHEN row.is_deleted OR row.is_absent THEN 'ignored' ELSE 'pending' END,
    CASE WHEN row.is_deleted OR row.is_absent THEN 'deleted_at_source' END,
    '', row.idd,
    -- An invoice is its header and its lines.
    sha256(row.hash || coalesce((
        SELECT string_agg(item.hash, ''::bytea ORDER BY item.key)
        FROM src_rows AS item
        WHERE $1 = 'store_invoice' AND item.table_name = 'invoiceItem' AND item.parent_key = row.key
          AND NOT item.is_absent
    ), ''::bytea)),
    left(label.label, 200)
FROM src_rows AS row
JOIN unnest($3::uuid[], $4::text[]) AS label (key, label) USING (key)
WHERE row.table_name = $2
ON CONFLICT (kind, key) DO UPDATE SET
    idd = excluded.idd, content_hash = excluded.content_hash,
    label = CASE WHEN excluded.label = '' THEN held.label ELSE excluded.label END,
    updated_at = clock_timestamp(), version = held.version + 1, attempts = 0, next_attempt_at = NULL,
    state = CASE
        WHEN held.state IN ('duplicate', 'uncertain') THEN held.state
        WHEN held.state = 'ignored' AND held.reason_code IS DISTINCT FROM 'deleted_at_source' THEN 'ignored'
        WHEN excluded.state = 'ignored' AND EXISTS (SELECT FROM bindings AS b WHERE (b.kind, b.key) = (held.kind, held.key))
            THEN 'failed'
        WHEN excluded.state = 'ignored' THEN 'ignored'
        WHEN EXISTS (
            SELECT FROM bindings AS b
            WHERE (b.kind, b.key) = (held.kind, held.key) AND b.synced_hash = excluded.content_hash
        ) THEN 'synced'
        WHEN held.kind = 'receipt' AND EXISTS (SELECT FROM bindings AS b WHERE (b.kind, b.key) = (held.kind, held.key))
            THEN 'failed'
        ELSE 'pending'
    END,
    reason_code = CASE
        WHEN held.state IN ('duplicate', 'uncertain') THEN held.reason_code
        WHEN held.state = 'ignored' AND held.reason_code IS DISTINCT FROM 'deleted_at_source' THEN held.reason_code
        WHEN excluded.state = 'ignored' THEN 'deleted_at_source'
        WHEN held.kind = 'receipt' AND EXISTS (
            SELECT FROM bindings AS b
            WHERE (b.kind, b.key) = (held.kind, held.key) AND b.synced_hash IS DISTINCT FROM excluded.content_hash
        ) THEN 'changed_after_sync'
    END,
    message = CASE
        WHEN held.state IN ('duplicate', 'uncertain') THEN held.message
        WHEN held.state = 'ignored' AND held.reason_code IS DISTINCT FROM 'deleted_at_source' THEN held.message
        ELSE ''
    END
WHERE held.content_hash <> excluded.content_hash
   OR (held.reason_code IS NOT DISTINCT FROM 'deleted_at_source')
       <> (excluded.reason_code IS NOT DISTINCT FROM 'deleted_at_source')
RETURNING held.key

-- name: held_rows
-- What we have of a range of the source, for comparing.
SELECT idd, hash, source_status, source_aid FROM src_rows
WHERE table_name = $1 AND idd >= $2 AND idd < $3 AND NOT is_absent

-- name: newest_held
SELECT max(idd) FROM src_rows WHERE table_name = $1

-- name: mark_absent
-- Rows that the source does not have any more; of a group with older versions, the newest of those takes over.
UPDATE src_rows SET is_absent = true, read_at = $3 WHERE table_name = $1 AND idd = ANY($2::bigint[]) AND NOT is_absent
RETURNING parent_key

-- name: list_gone
-- Things that the source does not have any more, and that are not told yet.
SELECT row.key FROM src_rows AS row
JOIN entities AS e ON (e.kind, e.key) = ($1, row.key)
WHERE row.table_name = $2 AND row.is_absent AND e.reason_code IS DISTINCT FROM 'deleted_at_source'
  AND e.state NOT IN ('duplicate', 'uncertain') AND (e.state <> 'ignored') AND row.key > $3
ORDER BY row.key
LIMIT $4

-- name: list_reset
SELECT row.key FROM unnest($2::uuid[], $3::bigint[]) AS read (key, idd)
JOIN src_rows AS row ON row.table_name = $1 AND row.key = read.key AND row.idd = read.idd
WHERE row.source_status IS NOT NULL

-- name: wish_again
-- Somebody emptied the status in the source: what waits for a person there is tried again, what would pay twice is not.
UPDATE entities SET state = 'pending', reason_code = NULL, message = '', params = '{}', attempts = 0,
    next_attempt_at = NULL, updated_at = clock_timestamp(), version = version + 1
WHERE kind = $1 AND key = ANY($2::uuid[]) AND state IN ('failed', 'skipped')
  AND reason_code NOT IN ('deleted_at_source', 'changed_after_sync')
RETURNING key
