-- From Start to close: what a session needs besides its totals.

ALTER TABLE sessions
    -- The last thing that went wrong, in words, without secrets.
    ADD COLUMN error              text,
    -- The run that sends the present attempt.
    ADD COLUMN run_id             uuid,
    -- True from just before the CSV gets its final name until it is known whether it did: nobody can take that back.
    ADD COLUMN delivering         boolean     NOT NULL DEFAULT false,
    -- A forced close that waits for that moment to pass.
    ADD COLUMN close_requested_by text,
    ADD COLUMN close_requested_at timestamptz,
    ADD COLUMN log_head_bytes     int,
    ADD COLUMN verify_until       timestamptz,
    ADD COLUMN confirmed_by       text,
    ADD COLUMN confirmed_note     text,
    -- Closed because its day was over.
    ADD COLUMN expired            boolean     NOT NULL DEFAULT false,
    ADD CONSTRAINT sessions_log_head_bytes_check CHECK ((log_offset IS NULL) = (log_head_bytes IS NULL)),
    ADD CONSTRAINT sessions_close_requested_at_check
        CHECK ((close_requested_by IS NULL) = (close_requested_at IS NULL)),
    ADD CONSTRAINT sessions_csv_sha256_check CHECK ((csv_sha256 IS NULL) = (remote_name IS NULL));

-- The sessions that something still has to happen to; there are a handful at most.
CREATE INDEX sessions_state_idx ON sessions (state) WHERE state <> 'closed';
