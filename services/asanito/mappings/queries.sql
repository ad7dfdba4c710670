-- name: all_mappings
SELECT map_type, source_id, asanito_id FROM mappings

-- name: mappings_of
SELECT source_id, source_name, asanito_id, updated_by, updated_at FROM mappings WHERE map_type = $1 ORDER BY source_id

-- name: discover
-- Values of one column of the source, and how many of its newest rows hold each.
SELECT row ->> $2 AS source_id, count(*) AS rows
FROM src_rows
WHERE table_name = $1 AND coalesce(row ->> $2, '') <> '' AND NOT is_deleted AND NOT is_absent
GROUP BY 1 ORDER BY 2 DESC, 1
LIMIT $3

-- name: gaps
-- What is not mapped, by how many records wait for it.
SELECT params ->> 'map_type' AS map_type, params ->> 'source_id' AS source_id, count(*) AS waiting
FROM entities
WHERE state = 'skipped' AND reason_code = 'mapping_missing'
GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2
LIMIT 500

-- name: versions
SELECT map_type, version FROM mapping_versions

-- name: bump_version
INSERT INTO mapping_versions AS held (map_type, version) VALUES ($1, $2 + 1)
ON CONFLICT (map_type) DO UPDATE SET version = held.version + 1 WHERE held.version = $2
RETURNING version

-- name: save_mapping
INSERT INTO mappings (map_type, source_id, source_name, asanito_id, updated_by) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (map_type, source_id) DO UPDATE SET
    source_name = CASE WHEN excluded.source_name = '' THEN mappings.source_name ELSE excluded.source_name END,
    asanito_id = excluded.asanito_id, updated_by = excluded.updated_by, updated_at = clock_timestamp()

-- name: delete_mapping
DELETE FROM mappings WHERE map_type = $1 AND source_id = $2
