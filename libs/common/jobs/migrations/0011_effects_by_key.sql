-- What was done about one thing, over all runs, newest first.
CREATE INDEX run_effects_target_key_planned_at_idx ON run_effects (target, key, planned_at);
