-- What the two kinds of server say of themselves; here their dialects differ by nature.

-- name: server_postgresql
SELECT current_setting('server_version') AS server, current_user::text AS login, (now() AT TIME ZONE 'UTC')::timestamp AS utc

-- name: encrypted_postgresql
SELECT ssl AS encrypted FROM pg_stat_ssl WHERE pid = pg_backend_pid()

-- name: indexes_postgresql
SELECT t.relname::text AS table_name, a.attname::text AS column_name
FROM pg_index AS i
JOIN pg_class AS t ON t.oid = i.indrelid
JOIN pg_namespace AS n ON n.oid = t.relnamespace
JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = i.indkey[0]
WHERE n.nspname = 'dbo'

-- name: rights_postgresql
SELECT c.relname::text AS table_name, has_table_privilege(c.oid, 'SELECT') AS reads,
    has_table_privilege(c.oid, 'INSERT, DELETE') OR has_any_column_privilege(c.oid, 'UPDATE') AS writes
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = 'dbo' AND c.relkind IN ('r', 'p', 'v')

-- name: server_mssql
SELECT CAST(SERVERPROPERTY('ProductVersion') AS NVARCHAR(50)) AS server, SUSER_SNAME() AS login, GETUTCDATE() AS utc

-- name: encrypted_mssql
SELECT CASE encrypt_option WHEN 'TRUE' THEN 1 ELSE 0 END AS encrypted FROM sys.dm_exec_connections WHERE session_id = @@SPID

-- name: indexes_mssql
SELECT OBJECT_NAME(object_id) AS table_name, COL_NAME(object_id, column_id) AS column_name
FROM sys.index_columns WHERE key_ordinal = 1 AND OBJECT_SCHEMA_NAME(object_id) = 'dbo'

-- name: rights_mssql
SELECT name AS table_name, HAS_PERMS_BY_NAME('dbo.' + QUOTENAME(name), 'OBJECT', 'SELECT') AS reads,
    CASE WHEN HAS_PERMS_BY_NAME('dbo.' + QUOTENAME(name), 'OBJECT', 'INSERT') = 1
        OR HAS_PERMS_BY_NAME('dbo.' + QUOTENAME(name), 'OBJECT', 'DELETE') = 1
        OR HAS_PERMS_BY_NAME('dbo.' + QUOTENAME(name), 'OBJECT', 'UPDATE', 'fetchStatus', 'COLUMN') = 1
        THEN 1 ELSE 0 END AS writes
FROM sys.tables WHERE SCHEMA_NAME(schema_id) = 'dbo'
