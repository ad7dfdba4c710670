-- What must leave the house once: mails, mirrors, webhooks. Written with its cause, sent by any worker.

CREATE TABLE outbox (
    id            uuid        PRIMARY KEY DEFAULT uuidv7(),
    kind          text        NOT NULL,
    key           text        NOT NULL,
    payload       jsonb       NOT NULL,
    state         text        NOT NULL DEFAULT 'pending'
        CONSTRAINT outbox_state_check CHECK (state IN ('pending', 'sent', 'dead')),
    attempts      int         NOT NULL DEFAULT 0,
    next_try_at   timestamptz NOT NULL DEFAULT now(),
    leased_until  timestamptz,
    sent_at       timestamptz,
    error         text,
    created_at    timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT outbox_kind_key_key UNIQUE (kind, key)
);
CREATE INDEX outbox_pending_idx ON outbox (kind, id) WHERE state = 'pending';
CREATE INDEX outbox_created_idx ON outbox (created_at DESC, id DESC);
CREATE INDEX outbox_dead_idx ON outbox (created_at DESC, id DESC) WHERE state = 'dead';
