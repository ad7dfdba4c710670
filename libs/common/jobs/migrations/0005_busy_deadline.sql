-- A run whose key stays busy may give up waiting.
ALTER TABLE runs ADD COLUMN give_up_at timestamptz;
CREATE INDEX runs_give_up_idx ON runs (give_up_at) WHERE state = 'queued' AND give_up_at IS NOT NULL;
