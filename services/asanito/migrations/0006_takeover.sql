-- What the application before us wrote beside its rows: an Asanito id, a status. Each word is judged once, whatever
-- becomes of the record later; `outcome` is null until then.
CREATE TABLE inherited (
    kind       text        NOT NULL,
    key        uuid        NOT NULL,
    -- 0: a status without an id.
    asanito_id bigint      NOT NULL,
    status     text        NOT NULL,
    message    text        NOT NULL DEFAULT '',
    idd        bigint      NOT NULL,
    outcome    text,
    judged_at  timestamptz,
    CONSTRAINT inherited_pkey PRIMARY KEY (kind, key, asanito_id, status),
    CONSTRAINT inherited_outcome_check
        CHECK (outcome IN ('bound', 'known', 'superseded', 'ambiguous', 'failed', 'ignored', 'open'))
);
CREATE INDEX inherited_unjudged_idx ON inherited (kind, key) WHERE outcome IS NULL;
CREATE INDEX inherited_asanito_id_idx ON inherited (kind, asanito_id) WHERE asanito_id > 0;

-- Which tables of that application were taken in: each one once.
CREATE TABLE inherited_tables (
    name     text        PRIMARY KEY,
    rows     int         NOT NULL,
    taken    int         NOT NULL,
    notes    jsonb       NOT NULL DEFAULT '[]',
    taken_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
