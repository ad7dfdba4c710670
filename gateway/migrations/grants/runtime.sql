GRANT SELECT, INSERT, UPDATE, DELETE ON users, sessions, api_keys, login_failures TO {role};
GRANT SELECT, INSERT, DELETE ON proofs TO {role};
GRANT SELECT, INSERT, UPDATE, DELETE ON saved_views, default_views TO {role};
