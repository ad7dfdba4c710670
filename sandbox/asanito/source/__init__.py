"""The gym chain's legacy database, on PostgreSQL: six tables, filled with stories, growing while it is read."""
