-- Files, their rows and the one session of a business date.
--
-- A file moves through three places. `remote_files` remembers what the inbox showed, one row for each version of a
-- name; `files` is a version whose bytes we hold, with the verdict on its content; `sessions` is what the warehouse
-- works on, one for each business date, filled by imported files.

CREATE TABLE sessions (
    id                uuid        PRIMARY KEY DEFAULT uuidv7(),
    business_date     date        NOT NULL,
    state             text        NOT NULL DEFAULT 'ready',
    step              text,
    reason            text,
    -- Totals over the imported files; the first four are frozen when the session starts.
    total             int         NOT NULL DEFAULT 0,
    not_found         int         NOT NULL DEFAULT 0,
    in_past           int         NOT NULL DEFAULT 0,
    already_sent      int         NOT NULL DEFAULT 0,
    incomplete        int         NOT NULL DEFAULT 0,
    kept              int         NOT NULL DEFAULT 0,
    ignored           int         NOT NULL DEFAULT 0,
    rejected          int         NOT NULL DEFAULT 0,
    total_quantity    bigint      NOT NULL DEFAULT 0,
    total_value       numeric(18, 4) NOT NULL DEFAULT 0,
    created_at        timestamptz NOT NULL DEFAULT now(),
    started_by        text,
    started_at        timestamptz,
    closed_by         text,
    closed_at         timestamptz,
    attempt           int         NOT NULL DEFAULT 0,
    -- The one CSV, rendered once: every retry sends these bytes.
    csv_sha256        text,
    csv_lines         int,
    csv_rendered_at   timestamptz,
    remote_name       text,
    uploaded_at       timestamptz,
    -- Where the remote log stood before the upload, how far it has been read since, and its first bytes' digest.
    log_baseline      bigint,
    log_offset        bigint,
    log_digest        text,
    log_line          text,
    read_count        int,
    verified_at       timestamptz,
    processed         int         NOT NULL DEFAULT 0,
    checked_at        timestamptz,
    stale             boolean     NOT NULL DEFAULT false,
    version           bigint      NOT NULL DEFAULT 1,
    CONSTRAINT sessions_business_date_key UNIQUE (business_date),
    CONSTRAINT sessions_state_check CHECK (state IN ('ready', 'opening', 'open', 'failed', 'closed')),
    CONSTRAINT sessions_step_check CHECK (step IN ('generating', 'uploading', 'verifying')),
    CONSTRAINT sessions_reason_check CHECK ((state IN ('failed', 'closed')) = (reason IS NOT NULL))
);

CREATE TABLE files (
    id                uuid        PRIMARY KEY DEFAULT uuidv7(),
    sha256            text        NOT NULL,
    name              text        NOT NULL,
    source            text        NOT NULL,
    uploaded_by       text,
    size_bytes        bigint      NOT NULL,
    -- The site's date when the file was taken; an imported file belongs to the session of this date.
    business_date     date        NOT NULL,
    received_at       timestamptz NOT NULL,
    modified_at       timestamptz,
    state             text        NOT NULL,
    reason            text,
    session_id        uuid        REFERENCES sessions (id),
    duplicate_of      uuid        REFERENCES files (id),
    encoding          text,
    declared          int,
    records           int,
    verdict           text,
    count_accepted_by text,
    -- kept, ignored, rejected, duplicates …, each a number; rejected_by is an object of reason -> number.
    counters          jsonb       NOT NULL DEFAULT '{}',
    total_quantity    bigint,
    total_value       numeric(18, 4),
    warnings          jsonb       NOT NULL DEFAULT '[]',
    imported_at       timestamptz,
    version           bigint      NOT NULL DEFAULT 1,
    CONSTRAINT files_source_check CHECK (source IN ('ftp', 'upload')),
    CONSTRAINT files_state_check
        CHECK (state IN ('stored', 'imported', 'held', 'late', 'stale', 'duplicate', 'invalid', 'discarded')),
    CONSTRAINT files_verdict_check CHECK (verdict IN ('exact', 'off_by_one', 'short', 'long', 'unchecked')),
    CONSTRAINT files_session_id_check CHECK ((state = 'imported') = (session_id IS NOT NULL))
);

-- The identity of a file is its content: the same bytes are imported once, whatever they are called.
CREATE UNIQUE INDEX files_sha256_key ON files (sha256) WHERE state = 'imported';
CREATE INDEX files_sha256_idx ON files (sha256);
CREATE INDEX files_received_at_idx ON files (received_at DESC, id DESC);
CREATE INDEX files_business_date_idx ON files (business_date);
CREATE INDEX files_session_id_idx ON files (session_id);
CREATE INDEX files_name_idx ON files (lower(name) text_pattern_ops);
CREATE INDEX files_state_idx ON files (state) WHERE state IN ('stored', 'held', 'late', 'stale');

CREATE TABLE remote_files (
    id                uuid        PRIMARY KEY DEFAULT uuidv7(),
    name              text        NOT NULL,
    size_bytes        bigint      NOT NULL,
    modified_at       timestamptz,
    state             text        NOT NULL DEFAULT 'seen',
    reason            text,
    remote_state      text        NOT NULL DEFAULT 'present',
    file_id           uuid        REFERENCES files (id),
    delete_attempts   int         NOT NULL DEFAULT 0,
    delete_error      text,
    first_seen_at     timestamptz NOT NULL,
    last_seen_at      timestamptz NOT NULL,
    gone_at           timestamptz,
    CONSTRAINT remote_files_state_check CHECK (state IN ('seen', 'stable', 'downloading', 'stored', 'ignored')),
    CONSTRAINT remote_files_remote_state_check CHECK (remote_state IN ('present', 'delete_pending', 'gone')),
    CONSTRAINT remote_files_file_id_check CHECK ((state = 'stored') = (file_id IS NOT NULL))
);

-- One living version of a name; a replaced or deleted one is `gone`.
CREATE UNIQUE INDEX remote_files_name_key ON remote_files (name) WHERE remote_state <> 'gone';
CREATE INDEX remote_files_file_id_idx ON remote_files (file_id);

-- The kept lines of imported files. No foreign keys here and in row_categories: rows are written once, in the
-- transaction that imports their file, and the triggers would take most of the time of a big import.
CREATE TABLE rows (
    id                 bigint     GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    file_id            uuid       NOT NULL,
    session_id         uuid       NOT NULL,
    line_number        int        NOT NULL,
    invoice_number     int        NOT NULL,
    quantity           int        NOT NULL,
    description        text       NOT NULL,
    value              numeric(14, 4) NOT NULL,
    status             text       NOT NULL,
    -- From the customer's view, when it was last asked.
    destination_branch text,
    available_date     date,
    weight             numeric,
    CONSTRAINT rows_invoice_number_session_id_key UNIQUE (invoice_number, session_id),
    CONSTRAINT rows_status_check CHECK (status IN ('valid', 'not_found', 'in_past', 'already_sent', 'incomplete'))
);

CREATE INDEX rows_session_id_idx ON rows (session_id);
CREATE INDEX rows_file_id_line_number_idx ON rows (file_id, line_number);

CREATE TABLE rejected_rows (
    file_id           uuid        NOT NULL REFERENCES files (id),
    line_number       int         NOT NULL,
    reason            text        NOT NULL,
    text              text        NOT NULL,
    PRIMARY KEY (file_id, line_number)
);

CREATE TABLE categories (
    id                int         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key               text        NOT NULL,
    name              text        NOT NULL,
    CONSTRAINT categories_key_key UNIQUE (key)
);

CREATE TABLE row_categories (
    row_id            bigint      NOT NULL,
    category_id       int         NOT NULL,
    position          smallint    NOT NULL,
    PRIMARY KEY (row_id, category_id)
);

CREATE INDEX row_categories_category_id_idx ON row_categories (category_id, row_id);

-- How the outside sources are doing, so that an outage is told once.
CREATE TABLE sources (
    name              text        PRIMARY KEY,
    checked_at        timestamptz,
    reached_at        timestamptz,
    failures          int         NOT NULL DEFAULT 0,
    failing_since     timestamptz,
    error             text,
    outages           int         NOT NULL DEFAULT 0,
    told_at           timestamptz
);
