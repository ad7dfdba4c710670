-- Records get an id of their own, so that one list holds all kinds and any selection of it can be acted on.
ALTER TABLE entities ADD COLUMN id uuid NOT NULL DEFAULT uuidv7();
CREATE UNIQUE INDEX entities_id_key ON entities (id);
CREATE INDEX entities_updated_at_id_idx ON entities (updated_at, id);
CREATE INDEX entities_kind_state_reason_code_idx ON entities (kind, state, reason_code);

-- A record as people see it, with what it is in Asanito.
CREATE VIEW listed_entities AS
SELECT e.id, e.kind, e.key, e.state, e.reason_code, e.message, e.params, e.warnings, e.label, e.idd, e.attempts,
    e.next_attempt_at, e.alias_of, e.is_distinct, e.last_run_id, e.updated_at, e.version, b.asanito_id,
    e.key::text AS key_text, b.asanito_id::text AS asanito_text, e.warnings <> '[]' AS is_warned
FROM entities AS e
LEFT JOIN bindings AS b ON (b.kind, b.key) = (e.kind, e.key);
