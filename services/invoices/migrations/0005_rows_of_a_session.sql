-- Rows are written session after session and never deleted, so those of one session lie together: the ranges of blocks
-- where they are find them as well as an entry for each row does, which cost a twentieth of importing a big file. Ranges are
-- summed up as they fill; those that are not yet are read.
DROP INDEX rows_session_id_idx;
CREATE INDEX rows_session_id_idx ON rows USING brin (session_id) WITH (autosummarize = on);
