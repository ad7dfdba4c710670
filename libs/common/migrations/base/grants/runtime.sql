-- Audit entries are for ever: the runtime role can add and read them, nothing else.
GRANT SELECT, INSERT ON audit_entries TO {role};
GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_keys TO {role};
GRANT SELECT, INSERT, UPDATE ON options TO {role};
GRANT SELECT, INSERT, UPDATE ON connection_tests TO {role};
