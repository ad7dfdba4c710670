-- A rescan compares by ranges of idd.
CREATE INDEX src_rows_idd_idx ON src_rows (idd);
