-- People, their sessions, API keys, and the memory of failed logins.

CREATE TABLE users (
    id                       uuid        PRIMARY KEY DEFAULT uuidv7(),
    username                 text        NOT NULL,
    name                     text        NOT NULL,
    password_hash            text        NOT NULL,
    -- Set by somebody else: good for one login, which must choose a new one.
    must_change_password     boolean     NOT NULL DEFAULT false,
    -- A screen on a wall: its sessions do not end by idleness within the day.
    kiosk                    boolean     NOT NULL DEFAULT false,
    locale                   text,
    -- {"portico": "admin", "invoices": "operator"}
    roles                    jsonb       NOT NULL DEFAULT '{}',
    disabled_at              timestamptz,
    last_login_at            timestamptz,
    created_at               timestamptz NOT NULL DEFAULT now(),
    version                  int         NOT NULL DEFAULT 1,
    CONSTRAINT users_username_check CHECK (username = lower(username) AND username <> ''),
    CONSTRAINT users_roles_check CHECK (jsonb_typeof(roles) = 'object'),
    CONSTRAINT users_username_key UNIQUE (username)
);

-- A session is known by the SHA-256 of the token that only the browser has.
CREATE TABLE sessions (
    id            uuid        PRIMARY KEY DEFAULT uuidv7(),
    user_id       uuid        NOT NULL,
    token_sha256  bytea       NOT NULL,
    ip            text        NOT NULL,
    user_agent    text        NOT NULL,
    created_at    timestamptz NOT NULL,
    last_seen_at  timestamptz NOT NULL,
    idle_seconds  int         NOT NULL,
    expires_at    timestamptz NOT NULL,
    CONSTRAINT sessions_token_sha256_key UNIQUE (token_sha256),
    CONSTRAINT sessions_token_sha256_check CHECK (octet_length(token_sha256) = 32),
    CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX sessions_user_id_idx ON sessions (user_id);
CREATE INDEX sessions_expires_at_idx ON sessions (expires_at);

-- `pk_<public_id>_<secret>`; the secret has 256 random bits, so a plain SHA-256 of it is enough.
CREATE TABLE api_keys (
    id             uuid        PRIMARY KEY DEFAULT uuidv7(),
    public_id      text        NOT NULL,
    secret_sha256  bytea       NOT NULL,
    name           text        NOT NULL,
    roles          jsonb       NOT NULL DEFAULT '{}',
    created_by     text        NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now(),
    expires_at     timestamptz,
    last_used_at   timestamptz,
    CONSTRAINT api_keys_public_id_key UNIQUE (public_id),
    CONSTRAINT api_keys_name_key UNIQUE (name),
    CONSTRAINT api_keys_secret_sha256_check CHECK (octet_length(secret_sha256) = 32),
    CONSTRAINT api_keys_roles_check CHECK (jsonb_typeof(roles) = 'object')
);

-- Failed logins per account and per address; a subject is a hash, so that mistyped passwords in the name field are not kept.
CREATE TABLE login_failures (
    subject        bytea       PRIMARY KEY,
    failures       int         NOT NULL,
    last_failed_at timestamptz NOT NULL,
    blocked_until  timestamptz NOT NULL,
    CONSTRAINT login_failures_failures_check CHECK (failures >= 0)
);
CREATE INDEX login_failures_last_failed_at_idx ON login_failures (last_failed_at);
