-- name: plan_effect
INSERT INTO run_effects (run_id, target, op, key, evidence)
SELECT id, $3, $4, $5, $6 FROM runs WHERE id = $1 AND lease_token = $2
RETURNING id, run_id, target, op, key, state, evidence;

-- name: find_open_effect
SELECT id, run_id, target, op, key, state, evidence
FROM run_effects
WHERE target = $1 AND op = $2 AND key = $3 AND state IN ('planned', 'uncertain');

-- name: open_effects
SELECT id, run_id, target, op, key, state, evidence
FROM run_effects
WHERE target = $1 AND key = $2 AND state IN ('planned', 'uncertain')
ORDER BY planned_at;

-- name: effects_of
SELECT id, run_id, target, op, key, state, evidence, detail, planned_at, settled_at, resolved_by, note
FROM run_effects WHERE target = $1 AND key = $2
ORDER BY planned_at DESC
LIMIT 100;

-- name: settle_effect
UPDATE run_effects
SET state = $2,
    evidence = evidence || $3::jsonb,
    detail = CASE WHEN $4 = '' THEN detail ELSE $4 END,
    settled_at = CASE WHEN $2 = 'uncertain' THEN NULL ELSE now() END,
    resolved_by = $5
WHERE id = $1 AND state IN ('planned', 'uncertain')
RETURNING true;
