-- name: sharing
-- Persons that share a mobile number or a national code with somebody, whatever became of them; neither those whom an
-- operator told apart nor those who are ignored.
WITH people AS (
    SELECT e.key, e.idd, own.mobile, row.national_code, e.state = 'uncertain' AS in_doubt,
        count(*) OVER (PARTITION BY own.mobile) AS same_mobile,
        count(*) OVER (PARTITION BY row.national_code) AS same_code
    FROM entities AS e
    JOIN src_rows AS row ON row.table_name = 'membership' AND row.key = e.key
    -- A number that fills the field tells nobody from anybody.
    CROSS JOIN LATERAL (SELECT CASE WHEN row.mobile <> ALL($1::text[]) THEN row.mobile END AS mobile) AS own
    WHERE e.kind = 'person' AND e.state <> 'ignored' AND NOT e.is_distinct
      AND (own.mobile IS NOT NULL OR row.national_code IS NOT NULL)
), sharing AS (
    SELECT * FROM people
    WHERE (mobile IS NOT NULL AND same_mobile > 1) OR (national_code IS NOT NULL AND same_code > 1)
)
SELECT sharing.key, sharing.idd, sharing.mobile, sharing.national_code, b.asanito_id IS NOT NULL AS is_bound,
    sharing.in_doubt,
    (
        SELECT max(document.document_date)
        FROM src_rows AS document
        WHERE document.table_name IN ('invoiceHed', 'ServiceInvoice')
          AND document.parent_key IN (
              SELECT sharing.key UNION ALL SELECT member_key FROM src_aliases WHERE person_key = sharing.key
          )
          AND NOT document.is_deleted AND NOT document.is_absent
    ) AS active_on
FROM sharing
LEFT JOIN bindings AS b ON (b.kind, b.key) = ('person', sharing.key)

-- name: duplicates
SELECT key, alias_of FROM entities WHERE kind = 'person' AND state = 'duplicate'

-- name: mark_duplicates
UPDATE entities AS e SET state = 'duplicate', reason_code = 'duplicate', alias_of = lost.winner, message = lost.message,
    params = lost.params, next_attempt_at = NULL, last_run_id = $5, updated_at = clock_timestamp(), version = version + 1
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::jsonb[]) AS lost (key, winner, message, params)
WHERE e.kind = 'person' AND e.key = lost.key AND e.state IN ('pending', 'skipped', 'failed', 'duplicate')
  AND (e.state <> 'duplicate' OR e.alias_of IS DISTINCT FROM lost.winner OR e.message <> lost.message)
RETURNING e.key

-- name: release
UPDATE entities SET state = 'pending', reason_code = NULL, alias_of = NULL, message = '', params = '{}',
    last_run_id = $2, updated_at = clock_timestamp(), version = version + 1
WHERE kind = 'person' AND key = ANY($1::uuid[]) AND state = 'duplicate'

-- name: warn_both_bound
UPDATE entities SET
    warnings = warnings || jsonb_build_array(jsonb_build_object(
        'code', 'both_bound', 'message', 'Another contact in Asanito has the same number; merge them there.',
        'params', '{}'::jsonb, 'retry', false
    )),
    updated_at = clock_timestamp(), version = version + 1
WHERE kind = 'person' AND key = ANY($1::uuid[]) AND NOT warnings @> '[{"code": "both_bound"}]'
RETURNING key
