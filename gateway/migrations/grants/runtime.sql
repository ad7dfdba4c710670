GRANT SELECT, INSERT, UPDATE, DELETE ON users, sessions, api_keys, login_failures TO {role};
