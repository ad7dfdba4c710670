-- A run whose children work is `running` without a worker or a lease. The end of a child, whoever ended it and how,
-- queues its parent in the same transaction; a parent that was asked to stop ends with its last child.
ALTER TABLE runs ADD COLUMN awaiting boolean NOT NULL DEFAULT false;
ALTER TABLE runs DROP CONSTRAINT runs_lease_check;
ALTER TABLE runs ADD CONSTRAINT runs_lease_check CHECK ((state = 'running') = (lease_token IS NOT NULL OR awaiting));
CREATE INDEX runs_parent_id_idx ON runs (parent_id, id) WHERE parent_id IS NOT NULL;

CREATE FUNCTION runs_wake_parent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE runs
    SET state = CASE WHEN cancel_requested_at IS NULL THEN 'queued' ELSE 'cancelled' END,
        reason_code = CASE WHEN cancel_requested_at IS NULL THEN reason_code ELSE 'cancelled' END,
        finished_at = CASE WHEN cancel_requested_at IS NULL THEN NULL ELSE clock_timestamp() END,
        run_at = now(),
        awaiting = false,
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

CREATE TRIGGER runs_wake_parent AFTER UPDATE OF state ON runs FOR EACH ROW
WHEN (NEW.parent_id IS NOT NULL AND NEW.state NOT IN ('queued', 'running') AND OLD.state <> NEW.state)
EXECUTE FUNCTION runs_wake_parent();
