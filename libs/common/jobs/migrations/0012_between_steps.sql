-- A chain that waits to be taken up again after a step is in the middle of its work: its concurrency key stays its own.
ALTER TABLE runs ADD COLUMN between_steps boolean NOT NULL DEFAULT false;
CREATE INDEX runs_between_steps_idx ON runs (concurrency_key)
    WHERE state = 'queued' AND between_steps AND concurrency_key IS NOT NULL;

CREATE OR REPLACE FUNCTION runs_wake_parent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE runs
    SET state = CASE WHEN cancel_requested_at IS NULL THEN 'queued' ELSE 'cancelled' END,
        reason_code = CASE WHEN cancel_requested_at IS NULL THEN reason_code ELSE 'cancelled' END,
        finished_at = CASE WHEN cancel_requested_at IS NULL THEN NULL ELSE clock_timestamp() END,
        run_at = now(),
        awaiting = false,
        between_steps = cancel_requested_at IS NULL,
        version = version + 1
    WHERE id = NEW.parent_id
      AND awaiting
      AND (
          cancel_requested_at IS NULL
          OR NOT EXISTS (
              SELECT FROM runs child WHERE child.parent_id = NEW.parent_id AND child.state IN ('queued', 'running')
          )
      );
    RETURN NULL;
END
$$;
