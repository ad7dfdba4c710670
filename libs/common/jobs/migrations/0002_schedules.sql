-- Schedules are rows that operators edit; each slot is fired at most once because its row can exist only once.

CREATE TABLE schedules (
    id             uuid        PRIMARY KEY DEFAULT uuidv7(),
    name           text        NOT NULL CONSTRAINT schedules_name_key UNIQUE,
    job            text        NOT NULL,
    cron           text[]      NOT NULL,
    zone           text        NOT NULL,
    params         jsonb       NOT NULL DEFAULT '{}',
    enabled        boolean     NOT NULL DEFAULT true,
    misfire        text        NOT NULL
        CONSTRAINT schedules_misfire_check CHECK (misfire IN ('skip', 'once', 'all')),
    grace_seconds  int         NOT NULL CONSTRAINT schedules_grace_seconds_check CHECK (grace_seconds >= 0),
    overlap        text        NOT NULL
        CONSTRAINT schedules_overlap_check CHECK (overlap IN ('skip', 'queue', 'allow')),
    holidays       date[]      NOT NULL DEFAULT '{}',
    paused_by      text,
    paused_reason  text,
    paused_until   timestamptz,
    decided_until  timestamptz NOT NULL,
    next_at        timestamptz,
    created_at     timestamptz NOT NULL DEFAULT now(),
    version        bigint      NOT NULL DEFAULT 1
);
CREATE INDEX schedules_next_at_idx ON schedules (next_at) WHERE enabled;

CREATE TABLE schedule_slots (
    schedule_id  uuid        NOT NULL REFERENCES schedules ON DELETE CASCADE,
    slot_at      timestamptz NOT NULL,
    decision     text        NOT NULL
        CONSTRAINT schedule_slots_decision_check CHECK (decision IN ('fired', 'missed', 'overlapped', 'paused')),
    run_id       uuid,
    decided_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (schedule_id, slot_at)
);

-- Pauses of the whole service (scope '*') or of one job (its name): nothing new starts while one holds.
CREATE TABLE pauses (
    scope   text        PRIMARY KEY,
    by      text        NOT NULL,
    reason  text        NOT NULL,
    until   timestamptz,
    at      timestamptz NOT NULL
);
