-- name: is_on
SELECT coalesce((SELECT (value ->> 'write_back')::boolean FROM options WHERE name = 'source'), false)

-- name: words
SELECT e.kind, e.key, e.idd, e.state, e.message, b.asanito_id
FROM unnest($1::text[], $2::uuid[]) AS wanted (kind, key)
JOIN entities AS e USING (kind, key)
LEFT JOIN bindings AS b USING (kind, key)

-- name: keep_written
-- What stands in the source now is our own word: nobody else's, and no reset.
UPDATE src_rows AS row SET source_status = written.status, source_aid = coalesce(written.aid, row.source_aid)
FROM unnest($2::uuid[], $3::bigint[], $4::text[], $5::text[]) AS written (key, idd, status, aid)
WHERE row.table_name = $1 AND row.key = written.key AND row.idd = written.idd

-- name: list_differing
-- Records of which the source says something else: from before the mirror was on, or changed there by hand.
SELECT e.key
FROM entities AS e
JOIN src_rows AS row ON row.table_name = $2 AND row.key = e.key
LEFT JOIN bindings AS b ON (b.kind, b.key) = (e.kind, e.key)
WHERE e.kind = $1 AND NOT row.is_absent AND e.key > $3
  AND (
      row.source_status IS DISTINCT FROM ($5::jsonb ->> e.state)
      OR (b.asanito_id IS NOT NULL AND row.source_aid IS DISTINCT FROM b.asanito_id::text)
  )
ORDER BY e.key
LIMIT $4
