-- Persons whose data was removed here. The source may still hold them: what it says of them is taken away again by these
-- triggers, whoever writes it, a run with the record in hand among them.
CREATE TABLE forgotten_persons (
    key uuid        PRIMARY KEY,
    by  text        NOT NULL,
    at  timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- By any version's key or the person's own.
CREATE FUNCTION is_forgotten(reference uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM forgotten_persons)
       AND EXISTS (
           SELECT FROM forgotten_persons AS f
           WHERE f.key = reference OR f.key = (SELECT person_key FROM src_aliases WHERE member_key = reference)
       )
$$;

CREATE FUNCTION strip_forgotten_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.table_name = 'membership' AND is_forgotten(NEW.key) THEN
        NEW.mobile := NULL;
        NEW.national_code := NULL;
        NEW.row := NEW.row || '{
            "name": null, "lastname": null, "CodeMelli": null, "Address1": null, "TelNumber1": null,
            "MobilePhoneNumber1": null, "Description": null, "jobpost": null, "Birthday": null, "MembershipCode": null,
            "FinancialAccountCode": null, "DebtorAmount": null, "gender": null, "PersianMembershipDate": null,
            "RecognitionMethods": null, "wallet": null, "fetchMessage": null
        }'::jsonb;
    ELSIF NEW.table_name = 'receipt' AND is_forgotten(NEW.parent_key) THEN
        NEW.row := NEW.row || '{"fullname": null, "title": null, "ChequeNumber": null}'::jsonb;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER src_rows_strip_forgotten BEFORE INSERT OR UPDATE ON src_rows
    FOR EACH ROW WHEN (NEW.table_name IN ('membership', 'receipt')) EXECUTE FUNCTION strip_forgotten_row();

CREATE FUNCTION strip_forgotten_record() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.kind = 'person' THEN
        IF is_forgotten(NEW.key) THEN
            NEW.label := '';
            NEW.state := 'ignored';
            NEW.reason_code := 'forgotten';
            NEW.message := '';
            NEW.warnings := '[]';
        END IF;
    ELSIF is_forgotten((SELECT parent_key FROM src_rows WHERE table_name = 'receipt' AND key = NEW.key)) THEN
        NEW.label := '';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER entities_strip_forgotten BEFORE INSERT OR UPDATE ON entities
    FOR EACH ROW WHEN (NEW.kind IN ('person', 'receipt')) EXECUTE FUNCTION strip_forgotten_record();

CREATE FUNCTION strip_forgotten_payload() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF is_forgotten(NEW.key) THEN
        NEW.synced_payload := NULL;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER bindings_strip_forgotten BEFORE INSERT OR UPDATE ON bindings
    FOR EACH ROW WHEN (NEW.kind = 'person') EXECUTE FUNCTION strip_forgotten_payload();
