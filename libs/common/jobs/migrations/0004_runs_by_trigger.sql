-- Runs started by people are few among a million fired by schedules.
CREATE INDEX runs_trigger_idx ON runs (trigger_type, created_at DESC, id DESC);
