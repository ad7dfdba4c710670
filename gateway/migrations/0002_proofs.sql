-- Who stands at a shared screen: a proof of one person, for one request of one session.

CREATE TABLE proofs (
    token_sha256  bytea       PRIMARY KEY,
    -- With the screen's session the proof ends.
    session_id    uuid        NOT NULL,
    user_id       uuid        NOT NULL,
    -- Whatever was changed of the user since (password, roles, disabled) makes the proof void.
    user_version  int         NOT NULL,
    method        text        NOT NULL,
    path          text        NOT NULL,
    expires_at    timestamptz NOT NULL,
    CONSTRAINT proofs_token_sha256_check CHECK (octet_length(token_sha256) = 32),
    CONSTRAINT proofs_session_id_fkey FOREIGN KEY (session_id) REFERENCES sessions (id) ON DELETE CASCADE,
    CONSTRAINT proofs_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX proofs_session_id_idx ON proofs (session_id);
CREATE INDEX proofs_user_id_idx ON proofs (user_id);
CREATE INDEX proofs_expires_at_idx ON proofs (expires_at);
