-- name: all_mappings
SELECT map_type, source_id, asanito_id FROM mappings
