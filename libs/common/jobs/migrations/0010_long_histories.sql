-- What is asked often reads no more rows the longer the history is.
CREATE INDEX runs_live_of_schedule_idx ON runs (schedule_id, id) WHERE state IN ('queued', 'running');
CREATE INDEX schedule_slots_decided_idx ON schedule_slots (decided_at);
CREATE INDEX outbox_kept_idx ON outbox (created_at) WHERE state = 'sent' AND payload <> '{}';
