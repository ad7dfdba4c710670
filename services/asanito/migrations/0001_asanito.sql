-- The bridge's own state: what the source holds (`src_*`), what became of each thing (`entities`), and what it is in
-- Asanito (`bindings`). The source itself is only ever scanned; joins and decisions run here.

-- How far each source table was read: one row for each scan, so that the next one can start before the mark of ten
-- minutes ago (a lower idd may commit after a higher one).
CREATE TABLE scan_marks (
    table_name text        NOT NULL,
    at         timestamptz NOT NULL,
    idd        bigint      NOT NULL,
    CONSTRAINT scan_marks_pkey PRIMARY KEY (table_name, at)
);

-- The newest version of each group of each source table, kept for ever. `row` is the row as read, by source column;
-- the columns beside it are what is joined and searched by. One partition for each source table.
CREATE TABLE src_rows (
    table_name    text        NOT NULL,
    -- personVId, serviceVid, invoiceVID, itemVID, id, vID: all versions of one thing have the same.
    key           uuid        NOT NULL,
    -- The row's own identifier: memberVId for members, else the same as `key`.
    version_key   uuid        NOT NULL,
    idd           bigint      NOT NULL,
    hash          bytea       NOT NULL,
    row           jsonb       NOT NULL,
    is_deleted    boolean     NOT NULL,
    -- Not found by the last rescan, although nothing says that it was deleted.
    is_absent     boolean     NOT NULL DEFAULT false,
    -- The invoice of an item, the person (any memberVId) of a document.
    parent_key    uuid,
    product_key   uuid,
    document_date date,
    amount        numeric,
    -- Comparison keys of a person; null when missing or not valid.
    mobile        text,
    national_code text,
    -- Asanito id and fetchStatus as the source has them: for taking over, never for deciding what is new.
    source_aid    text,
    source_status text,
    read_at       timestamptz NOT NULL,
    CONSTRAINT src_rows_pkey PRIMARY KEY (table_name, key)
) PARTITION BY LIST (table_name);
CREATE TABLE src_membership PARTITION OF src_rows FOR VALUES IN ('membership');
CREATE TABLE src_service PARTITION OF src_rows FOR VALUES IN ('service');
CREATE TABLE src_invoice_hed PARTITION OF src_rows FOR VALUES IN ('invoiceHed');
CREATE TABLE src_invoice_item PARTITION OF src_rows FOR VALUES IN ('invoiceItem');
CREATE TABLE src_service_invoice PARTITION OF src_rows FOR VALUES IN ('ServiceInvoice');
CREATE TABLE src_receipt PARTITION OF src_rows FOR VALUES IN ('receipt');
CREATE INDEX src_rows_parent_key_idx ON src_rows (parent_key) WHERE parent_key IS NOT NULL;
CREATE INDEX src_rows_mobile_idx ON src_rows (mobile) WHERE mobile IS NOT NULL;
CREATE INDEX src_rows_national_code_idx ON src_rows (national_code) WHERE national_code IS NOT NULL;

-- Every memberVId that a person ever had: documents point at any of them.
CREATE TABLE src_aliases (
    member_key uuid PRIMARY KEY,
    person_key uuid NOT NULL
);
CREATE INDEX src_aliases_person_key_idx ON src_aliases (person_key);

-- One thing of the source that has to be in Asanito. Superseded versions are not entities.
CREATE TABLE entities (
    kind            text        NOT NULL,
    key             uuid        NOT NULL,
    state           text        NOT NULL DEFAULT 'pending',
    reason_code     text,
    message         text        NOT NULL DEFAULT '',
    params          jsonb       NOT NULL DEFAULT '{}',
    warnings        jsonb       NOT NULL DEFAULT '[]',
    idd             bigint      NOT NULL,
    content_hash    bytea       NOT NULL,
    -- What people call it: a name, a title, a number. Personal data; never logged.
    label           text        NOT NULL DEFAULT '',
    -- The person whose duplicate this one is.
    alias_of        uuid,
    -- An operator said that it is nobody's duplicate; holds for ever.
    is_distinct     boolean     NOT NULL DEFAULT false,
    attempts        int         NOT NULL DEFAULT 0,
    next_attempt_at timestamptz,
    last_run_id     uuid,
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    version         bigint      NOT NULL DEFAULT 1,
    CONSTRAINT entities_pkey PRIMARY KEY (kind, key),
    CONSTRAINT entities_kind_check CHECK (kind IN ('person', 'product', 'store_invoice', 'service_invoice', 'receipt')),
    CONSTRAINT entities_state_check
        CHECK (state IN ('pending', 'synced', 'skipped', 'failed', 'uncertain', 'ignored', 'duplicate')),
    CONSTRAINT entities_reason_code_check CHECK ((state IN ('skipped', 'failed', 'uncertain')) <= (reason_code IS NOT NULL))
);
CREATE INDEX entities_kind_state_idd_idx ON entities (kind, state, idd);
CREATE INDEX entities_kind_updated_at_key_idx ON entities (kind, updated_at, key);
CREATE INDEX entities_alias_of_idx ON entities (alias_of) WHERE alias_of IS NOT NULL;

-- What a thing is in Asanito; unique both ways. Committed at once after the reply, before anything else is done.
CREATE TABLE bindings (
    kind           text        NOT NULL,
    key            uuid        NOT NULL,
    asanito_id     bigint      NOT NULL,
    -- Content as last sent; null: known to exist, never sent by us (taken over, adopted).
    synced_hash    bytea,
    synced_payload jsonb,
    -- Of an invoice: {"issued": true, "confirmed": true}.
    steps          jsonb       NOT NULL DEFAULT '{}',
    origin         text        NOT NULL,
    bound_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    synced_at      timestamptz,
    CONSTRAINT bindings_pkey PRIMARY KEY (kind, key),
    CONSTRAINT bindings_kind_asanito_id_key UNIQUE (kind, asanito_id),
    CONSTRAINT bindings_origin_check CHECK (origin IN ('created', 'adopted', 'taken_over', 'bound_by_hand'))
);

-- The tenant that all bindings belong to; one row at most. Another tenant stops every run that writes.
CREATE TABLE tenants (
    id          int         PRIMARY KEY DEFAULT 1,
    base_url    text        NOT NULL,
    customer_id bigint      NOT NULL,
    bound_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT tenants_id_check CHECK (id = 1)
);

-- Product categories of Asanito by comparison key of their title.
CREATE TABLE categories (
    title_key  text   PRIMARY KEY,
    title      text   NOT NULL,
    asanito_id bigint NOT NULL
);

-- Translations from source values to Asanito's, by type (domain: mapping types).
CREATE TABLE mappings (
    map_type    text        NOT NULL,
    source_id   text        NOT NULL,
    source_name text        NOT NULL DEFAULT '',
    asanito_id  text        NOT NULL,
    updated_by  text        NOT NULL DEFAULT '',
    updated_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT mappings_pkey PRIMARY KEY (map_type, source_id)
);

-- Products whose sale opens a deal.
CREATE TABLE trigger_products (
    asanito_product_id bigint      PRIMARY KEY,
    product_title      text        NOT NULL,
    product_category   text        NOT NULL DEFAULT '',
    funnel_id          bigint,
    funnel_level_id    bigint,
    added_by           text        NOT NULL DEFAULT '',
    added_at           timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- The deal of an invoice's line: at most one, for ever.
CREATE TABLE deals (
    invoice_kind text        NOT NULL,
    invoice_key  uuid        NOT NULL,
    item_key     uuid        NOT NULL,
    state        text        NOT NULL DEFAULT 'pending',
    reason_code  text,
    message      text        NOT NULL DEFAULT '',
    deal_id      bigint,
    title        text        NOT NULL DEFAULT '',
    amount       numeric     NOT NULL DEFAULT 0,
    last_run_id  uuid,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT deals_pkey PRIMARY KEY (invoice_kind, invoice_key, item_key),
    CONSTRAINT deals_deal_id_key UNIQUE (deal_id),
    CONSTRAINT deals_state_check CHECK (state IN ('pending', 'synced', 'skipped', 'failed', 'uncertain', 'ignored'))
);
CREATE INDEX deals_state_updated_at_idx ON deals (state, updated_at);
