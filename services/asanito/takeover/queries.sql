-- name: keep_words
INSERT INTO inherited AS held (kind, key, asanito_id, status, message, idd)
SELECT DISTINCT ON (key, asanito_id, status) $1, key, asanito_id, status, message, idd
FROM unnest($2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::bigint[]) AS read (key, asanito_id, status, message, idd)
ORDER BY key, asanito_id, status, idd DESC
ON CONFLICT (kind, key, asanito_id, status) DO NOTHING

-- name: has_unjudged
SELECT EXISTS (SELECT FROM inherited WHERE outcome IS NULL)

-- name: judge_ambiguous
-- One id on two things, or one that is another thing's already: nobody can tell whose it is.
WITH twice AS (
    SELECT kind, asanito_id FROM inherited
    WHERE asanito_id > 0
    GROUP BY kind, asanito_id
    HAVING count(DISTINCT key) > 1 AND bool_or(outcome IS NULL)
    UNION
    SELECT i.kind, i.asanito_id FROM inherited AS i
    JOIN bindings AS b ON (b.kind, b.asanito_id) = (i.kind, i.asanito_id) AND b.key <> i.key
    WHERE i.outcome IS NULL
), judged AS (
    UPDATE inherited AS i SET outcome = 'ambiguous', judged_at = clock_timestamp()
    FROM twice
    WHERE (i.kind, i.asanito_id) = (twice.kind, twice.asanito_id) AND i.outcome IS NULL
    RETURNING i.kind, i.key, i.asanito_id
)
UPDATE entities AS e SET state = 'failed', reason_code = 'ambiguous',
    message = 'The source has Asanito''s ' || judged.asanito_id || ' on several records: nobody can tell whose it is.',
    params = jsonb_build_object('asanito_id', judged.asanito_id), next_attempt_at = NULL,
    updated_at = clock_timestamp(), version = version + 1
FROM judged
WHERE (e.kind, e.key) = (judged.kind, judged.key) AND e.state IN ('pending', 'skipped', 'failed')
  AND NOT EXISTS (SELECT FROM bindings AS b WHERE (b.kind, b.key) = (e.kind, e.key))
RETURNING e.kind, e.key

-- name: bind_some
-- The newest id of each thing is what it is in Asanito. What was synchronised is taken for sent as it stands.
WITH wanted AS (
    SELECT DISTINCT kind, key FROM inherited
    WHERE outcome IS NULL AND asanito_id > 0 ORDER BY kind, key LIMIT $1
), best AS (
    SELECT DISTINCT ON (i.kind, i.key) i.kind, i.key, i.asanito_id, i.status
    FROM inherited AS i JOIN wanted USING (kind, key)
    WHERE i.outcome IS NULL AND i.asanito_id > 0
    ORDER BY i.kind, i.key, i.idd DESC
), bound AS (
    INSERT INTO bindings (kind, key, asanito_id, synced_hash, steps, origin)
    SELECT e.kind, e.key, best.asanito_id,
        CASE WHEN row.source_status = 'SYNCED' THEN e.content_hash END,
        CASE
            WHEN e.kind NOT IN ('store_invoice', 'service_invoice') THEN '{}'::jsonb
            WHEN row.source_status = 'SYNCED'
                THEN jsonb_build_object('issued', encode(e.content_hash, 'hex'), 'confirmed', true)
            ELSE jsonb_build_object('issued', encode(e.content_hash, 'hex'))
        END,
        'taken_over'
    FROM best
    JOIN entities AS e USING (kind, key)
    JOIN src_rows AS row ON row.table_name = ($2::jsonb ->> e.kind) AND row.key = e.key
    ON CONFLICT (kind, key) DO NOTHING
    RETURNING kind, key, asanito_id, synced_hash
), told AS (
    UPDATE entities AS e SET state = 'synced', reason_code = NULL, message = '', params = '{}', next_attempt_at = NULL,
        updated_at = clock_timestamp(), version = version + 1
    FROM bound
    WHERE (e.kind, e.key) = (bound.kind, bound.key) AND bound.synced_hash IS NOT NULL
      AND e.state IN ('pending', 'skipped')
)
UPDATE inherited AS i SET judged_at = clock_timestamp(), outcome = CASE
        WHEN bound.asanito_id = i.asanito_id THEN 'bound'
        WHEN bound.asanito_id IS NOT NULL THEN 'superseded'
        ELSE 'known'
    END
FROM wanted LEFT JOIN bound USING (kind, key)
WHERE (i.kind, i.key) = (wanted.kind, wanted.key) AND i.outcome IS NULL AND i.asanito_id > 0
RETURNING i.kind, i.outcome

-- name: judge_rest
-- A status without an id: what failed there, or was sent without anybody knowing as what, waits for a person.
WITH judged AS (
    UPDATE inherited AS i SET judged_at = clock_timestamp(), outcome = CASE
            WHEN EXISTS (SELECT FROM bindings AS b WHERE (b.kind, b.key) = (i.kind, i.key)) THEN 'known'
            WHEN NOT EXISTS (
                SELECT FROM entities AS e WHERE (e.kind, e.key, e.idd) = (i.kind, i.key, i.idd)
                  AND e.state IN ('pending', 'skipped')
            ) THEN 'superseded'
            WHEN i.status IN ('FAILED', 'SYNCED') THEN 'failed'
            WHEN i.status = 'IGNORED' THEN 'ignored'
            ELSE 'open'
        END
    WHERE (i.kind, i.key, i.asanito_id, i.status) IN (
        SELECT kind, key, asanito_id, status FROM inherited WHERE outcome IS NULL AND asanito_id = 0 LIMIT $1
    )
    RETURNING i.kind, i.key, i.status, i.message, i.outcome
), told AS (
    UPDATE entities AS e SET state = judged.outcome,
        reason_code = CASE
            WHEN judged.outcome = 'ignored' THEN 'ignored_by_operator'
            WHEN judged.status = 'FAILED' THEN 'failed_before'
            ELSE 'id_unknown'
        END,
        message = CASE
            WHEN judged.outcome = 'ignored' THEN left(judged.message, 500)
            WHEN judged.status = 'FAILED'
                THEN 'The application before this one could not send it: ' || left(judged.message, 500)
            ELSE 'The application before this one says that it was sent, but not as what: look in Asanito.'
        END,
        next_attempt_at = NULL, updated_at = clock_timestamp(), version = version + 1
    FROM judged
    WHERE (e.kind, e.key) = (judged.kind, judged.key) AND judged.outcome IN ('failed', 'ignored')
)
SELECT kind, outcome FROM judged

-- name: counts
SELECT kind, coalesce(outcome, 'open') AS outcome, count(*) AS count FROM inherited GROUP BY 1, 2 ORDER BY 1, 2

-- name: ambiguous
SELECT i.kind, i.key, i.asanito_id, e.label, e.state FROM inherited AS i
LEFT JOIN entities AS e USING (kind, key)
WHERE i.outcome = 'ambiguous' ORDER BY i.kind, i.asanito_id, i.key LIMIT $1

-- name: sample
-- Some of each kind, anywhere in the source: for looking them up in Asanito by hand.
SELECT kind, key, asanito_id, label, state FROM (
    SELECT b.kind, b.key, b.asanito_id, e.label, e.state,
        row_number() OVER (PARTITION BY b.kind ORDER BY md5(b.key::text)) AS place
    FROM bindings AS b JOIN entities AS e USING (kind, key)
    WHERE b.origin = 'taken_over'
) AS mixed
WHERE place <= $1 ORDER BY kind, place

-- name: taken_tables
SELECT name, rows, taken, notes, taken_at FROM inherited_tables ORDER BY name

-- name: keep_table
INSERT INTO inherited_tables (name, rows, taken, notes) VALUES ($1, $2, $3, $4) ON CONFLICT (name) DO NOTHING

-- name: take_mapping
INSERT INTO mappings (map_type, source_id, source_name, asanito_id, updated_by) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (map_type, source_id) DO NOTHING
RETURNING source_id

-- name: take_trigger
INSERT INTO trigger_products (asanito_product_id, product_title, product_category, funnel_id, funnel_level_id, added_by)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (asanito_product_id) DO NOTHING
RETURNING asanito_product_id

-- name: take_deals
-- A link says which line of which invoice has its deal; which kind of invoice, our copy knows.
INSERT INTO deals (invoice_kind, invoice_key, item_key, state, deal_id, message)
SELECT CASE row.table_name WHEN 'invoiceHed' THEN 'store_invoice' ELSE 'service_invoice' END, link.invoice_key,
    link.item_key, 'synced', link.deal_id, 'taken over'
FROM unnest($1::uuid[], $2::uuid[], $3::bigint[]) AS link (invoice_key, item_key, deal_id)
JOIN src_rows AS row ON row.table_name IN ('invoiceHed', 'ServiceInvoice') AND row.key = link.invoice_key
ON CONFLICT DO NOTHING
RETURNING item_key
