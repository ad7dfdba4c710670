-- What a run asks a person before it goes on. While one is open its run is `waiting`: no worker, no lease, its key free.
CREATE TABLE questions (
    id           uuid        PRIMARY KEY DEFAULT uuidv7(),
    run_id       uuid        NOT NULL REFERENCES runs ON DELETE CASCADE,
    job          text        NOT NULL,
    code         text        NOT NULL,
    subject      text        NOT NULL DEFAULT '',
    text         text        NOT NULL,
    params       jsonb       NOT NULL DEFAULT '{}',
    counts       jsonb       NOT NULL DEFAULT '{}',
    samples      jsonb       NOT NULL DEFAULT '[]',
    choices      jsonb       NOT NULL,
    role         text        NOT NULL,
    state        text        NOT NULL DEFAULT 'open'
        CONSTRAINT questions_state_check CHECK (state IN ('open', 'answered', 'withdrawn')),
    asked_at     timestamptz NOT NULL DEFAULT now(),
    choice       text,
    note         text        NOT NULL DEFAULT '',
    answered_by  text,
    closed_at    timestamptz
);
CREATE UNIQUE INDEX questions_open_key ON questions (run_id) WHERE state = 'open';
CREATE INDEX questions_same_idx ON questions (job, code, subject) WHERE state = 'open';
CREATE INDEX questions_run_id_idx ON questions (run_id);
CREATE INDEX questions_asked_idx ON questions (asked_at DESC, id DESC);
