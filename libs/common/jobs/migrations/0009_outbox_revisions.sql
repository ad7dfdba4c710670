-- A row whose newest word counts may be written anew while it is being sent: what was sent is a revision, not the row.
ALTER TABLE outbox ADD COLUMN revision int NOT NULL DEFAULT 1;
