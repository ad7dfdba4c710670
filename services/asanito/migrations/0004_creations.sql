-- How much each run created, so that one that would create far more than usual asks first.
CREATE TABLE creations (
    run_id  uuid        PRIMARY KEY,
    kind    text        NOT NULL,
    created int         NOT NULL,
    at      timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX creations_kind_at_idx ON creations (kind, at);
