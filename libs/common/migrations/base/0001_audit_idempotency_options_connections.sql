-- What the HTTP shell of every service and of the gateway keeps.

CREATE TABLE audit_entries (
    id          uuid        PRIMARY KEY DEFAULT uuidv7(),
    at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor       text        NOT NULL,
    actor_id    text        NOT NULL,
    actor_kind  text        NOT NULL CONSTRAINT audit_entries_actor_kind_check
                            CHECK (actor_kind IN ('user', 'key', 'system')),
    action      text        NOT NULL,
    target      text        NOT NULL,
    before      jsonb,
    after       jsonb,
    outcome     text        NOT NULL DEFAULT 'done' CONSTRAINT audit_entries_outcome_check
                            CHECK (outcome IN ('done', 'refused', 'failed')),
    ip          text        NOT NULL DEFAULT '',
    request_id  text        NOT NULL DEFAULT ''
);
CREATE INDEX audit_entries_at_idx ON audit_entries (at DESC, id DESC);
CREATE INDEX audit_entries_target_idx ON audit_entries (target, at DESC);

-- The key is stored hashed and the body as a keyed digest of it, so that a body with a password can't be guessed from here.
CREATE TABLE idempotency_keys (
    principal   text        NOT NULL,
    method      text        NOT NULL,
    route       text        NOT NULL,
    key_digest  text        NOT NULL,
    state       text        NOT NULL DEFAULT 'in_progress' CONSTRAINT idempotency_keys_state_check
                            CHECK (state IN ('in_progress', 'completed')),
    claim       uuid        NOT NULL DEFAULT gen_random_uuid(),
    body_digest text,
    status      int,
    headers     jsonb,
    body        bytea,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at  timestamptz NOT NULL,
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (principal, method, route, key_digest)
);
CREATE INDEX idempotency_keys_expires_at_idx ON idempotency_keys (expires_at);

CREATE TABLE options (
    name        text        PRIMARY KEY,
    version     int         NOT NULL DEFAULT 1,
    value       jsonb       NOT NULL,
    updated_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_by  text        NOT NULL
);

CREATE TABLE connection_tests (
    name        text        PRIMARY KEY,
    at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    ok          boolean     NOT NULL,
    detail      text        NOT NULL,
    steps       jsonb       NOT NULL,
    tested_by   text        NOT NULL
);
