-- A success settles the failures of equal runs before it; failed runs that nobody has seen are few, however long the history.
CREATE INDEX runs_unsettled_idx ON runs (job, dedupe_key)
    WHERE state = 'failed' AND seen_at IS NULL AND dedupe_key IS NOT NULL;
