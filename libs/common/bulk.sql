-- name: keep_selection
INSERT INTO bulk_items (run_id, position, item)
SELECT $1, position, item FROM unnest($2::text[]) WITH ORDINALITY AS given (item, position);

-- name: next_items
-- What has been settled by an attempt before is left out; what was refused is asked again by a retry.
SELECT b.position, b.item
FROM bulk_items b
LEFT JOIN run_items i ON i.run_id = b.run_id AND i.key = b.item
WHERE b.run_id = $1 AND b.position > $2 AND (i.outcome IS NULL OR i.outcome = 'problem')
ORDER BY b.position
LIMIT $3;

-- name: tally
SELECT count(*) FILTER (WHERE outcome = 'ok')::int AS done,
       count(*) FILTER (WHERE outcome = 'skipped')::int AS skipped,
       count(*) FILTER (WHERE outcome = 'problem')::int AS problems
FROM run_items WHERE run_id = $1;

-- name: find_bulk_run
SELECT job, state FROM runs WHERE id = $1;

-- name: items_done
SELECT key FROM run_items WHERE run_id = $1 AND outcome = 'ok';
