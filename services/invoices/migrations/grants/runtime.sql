GRANT SELECT, INSERT, UPDATE ON sessions, files, remote_files, rows, categories, sources TO {role};
GRANT SELECT, INSERT ON rejected_rows, row_categories TO {role};
