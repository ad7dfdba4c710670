-- name: documents
-- Documents of one kind by the day they were issued or paid, with their live lines, whose they are, and what was sent.
SELECT e.kind, e.key, row.document_date AS day, row.row, row.is_deleted OR row.is_absent AS is_gone,
    e.idd < $5 AS is_before_start, coalesce(p.alias_of, p.key, alias.person_key, row.parent_key) AS person,
    e.state, e.reason_code, b.asanito_id, b.origin, b.synced_payload AS payload, coalesce(b.steps, '{}') AS steps,
    coalesce((
        SELECT jsonb_agg(jsonb_build_array(item.key, item.row) ORDER BY (item.row ->> 'index')::bigint NULLS LAST, item.idd)
        FROM src_rows AS item
        WHERE e.kind = 'store_invoice' AND item.table_name = 'invoiceItem' AND item.parent_key = e.key
          AND NOT item.is_deleted AND NOT item.is_absent
    ), '[]') AS items
FROM src_rows AS row
JOIN entities AS e ON e.kind = $1 AND e.key = row.key
LEFT JOIN bindings AS b ON (b.kind, b.key) = (e.kind, e.key)
LEFT JOIN src_aliases AS alias ON alias.member_key = row.parent_key
LEFT JOIN entities AS p ON p.kind = 'person' AND p.key = coalesce(alias.person_key, row.parent_key)
WHERE row.table_name = $2 AND row.document_date BETWEEN $3 AND $4
ORDER BY row.document_date, e.idd
