-- The ledger: a run is a row, inserted in the transaction of its cause. Redis only rings.

CREATE TABLE runs (
    id                   uuid        PRIMARY KEY DEFAULT uuidv7(),
    job                  text        NOT NULL,
    lane                 text        NOT NULL,
    state                text        NOT NULL DEFAULT 'queued'
        CONSTRAINT runs_state_check
        CHECK (state IN ('queued', 'running', 'waiting', 'succeeded', 'partial', 'failed', 'cancelled')),
    reason_code          text,
    message              text        NOT NULL DEFAULT '',
    params               jsonb       NOT NULL DEFAULT '{}',
    dry_run              boolean     NOT NULL DEFAULT false,
    trigger_type         text        NOT NULL
        CONSTRAINT runs_trigger_type_check
        CHECK (trigger_type IN ('schedule', 'manual', 'api', 'chain', 'system', 'retry')),
    trigger_by           text,
    schedule_id          uuid,
    rerun_of             uuid,
    parent_id            uuid,
    request_id           text,
    dedupe_key           text,
    concurrency_key      text,
    attempt              int         NOT NULL DEFAULT 0,
    max_attempts         int         NOT NULL,
    run_at               timestamptz NOT NULL DEFAULT now(),
    lease_token          uuid,
    lease_until          timestamptz,
    worker_id            uuid,
    cancel_requested_at  timestamptz,
    cancel_requested_by  text,
    checkpoint           jsonb       NOT NULL DEFAULT '{}',
    progress_done        bigint,
    progress_total       bigint,
    progress_unit        text        NOT NULL DEFAULT '',
    progress_text        text        NOT NULL DEFAULT '',
    ok_count             int         NOT NULL DEFAULT 0,
    warning_count        int         NOT NULL DEFAULT 0,
    problem_count        int         NOT NULL DEFAULT 0,
    skipped_count        int         NOT NULL DEFAULT 0,
    result               jsonb,
    error                jsonb,
    seen_by              text,
    seen_note            text,
    seen_at              timestamptz,
    created_at           timestamptz NOT NULL DEFAULT now(),
    started_at           timestamptz,
    finished_at          timestamptz,
    version              bigint      NOT NULL DEFAULT 1,
    CONSTRAINT runs_lease_check CHECK ((state = 'running') = (lease_token IS NOT NULL))
) WITH (fillfactor = 80);

-- What a worker claims next, and the two guards of sameness.
CREATE INDEX runs_due_idx ON runs (lane, run_at, id) WHERE state = 'queued';
CREATE INDEX runs_running_idx ON runs (id) WHERE state = 'running';
CREATE UNIQUE INDEX runs_dedupe_key ON runs (job, dedupe_key)
    WHERE state IN ('queued', 'running') AND dedupe_key IS NOT NULL;
CREATE UNIQUE INDEX runs_concurrency_key ON runs (concurrency_key)
    WHERE state = 'running' AND concurrency_key IS NOT NULL;

-- Lists: one order (created_at, id) descending, whatever is filtered; "nothing to do" is left out by default.
CREATE INDEX runs_created_idx ON runs (created_at DESC, id DESC);
CREATE INDEX runs_busy_idx ON runs (created_at DESC, id DESC) WHERE reason_code IS DISTINCT FROM 'nothing_to_do';
CREATE INDEX runs_state_idx ON runs (state, created_at DESC, id DESC);
CREATE INDEX runs_job_idx ON runs (job, created_at DESC, id DESC);
CREATE INDEX runs_unseen_idx ON runs (created_at DESC, id DESC)
    WHERE state IN ('waiting', 'partial', 'failed') AND seen_at IS NULL;
CREATE INDEX runs_schedule_idx ON runs (schedule_id, created_at DESC) WHERE schedule_id IS NOT NULL;

CREATE TABLE run_attempts (
    run_id       uuid        NOT NULL REFERENCES runs ON DELETE CASCADE,
    attempt      int         NOT NULL,
    worker_id    uuid        NOT NULL,
    started_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at  timestamptz,
    outcome      text,
    error        jsonb,
    PRIMARY KEY (run_id, attempt)
);

-- Intent before, confirmation after: what a run did, or may have done, outside.
CREATE TABLE run_effects (
    id           uuid        PRIMARY KEY DEFAULT uuidv7(),
    run_id       uuid        NOT NULL REFERENCES runs ON DELETE CASCADE,
    target       text        NOT NULL,
    op           text        NOT NULL,
    key          text        NOT NULL,
    state        text        NOT NULL DEFAULT 'planned'
        CONSTRAINT run_effects_state_check CHECK (state IN ('planned', 'confirmed', 'absent', 'uncertain')),
    evidence     jsonb       NOT NULL DEFAULT '{}',
    detail       text        NOT NULL DEFAULT '',
    planned_at   timestamptz NOT NULL DEFAULT now(),
    settled_at   timestamptz,
    resolved_by  text,
    note         text        NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX run_effects_target_op_key_key ON run_effects (target, op, key)
    WHERE state IN ('planned', 'uncertain');
CREATE INDEX run_effects_run_id_idx ON run_effects (run_id);

CREATE TABLE run_items (
    run_id    uuid        NOT NULL REFERENCES runs ON DELETE CASCADE,
    key       text        NOT NULL,
    outcome   text        NOT NULL
        CONSTRAINT run_items_outcome_check CHECK (outcome IN ('ok', 'warning', 'problem', 'skipped')),
    reason    text,
    message   text        NOT NULL DEFAULT '',
    link      text,
    at        timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (run_id, key)
);
CREATE INDEX run_items_outcome_idx ON run_items (run_id, outcome, key);

CREATE TABLE run_logs (
    run_id    uuid        NOT NULL REFERENCES runs ON DELETE CASCADE,
    seq       bigint      GENERATED ALWAYS AS IDENTITY,
    at        timestamptz NOT NULL,
    level     text        NOT NULL,
    event     text        NOT NULL,
    message   text        NOT NULL,
    fields    jsonb       NOT NULL DEFAULT '{}',
    attempt   int         NOT NULL,
    PRIMARY KEY (run_id, seq)
);

CREATE TABLE workers (
    id            uuid        PRIMARY KEY,
    version       text        NOT NULL,
    lanes         text[]      NOT NULL,
    running       int         NOT NULL DEFAULT 0,
    started_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_seen_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
