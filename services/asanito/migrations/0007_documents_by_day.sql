-- The money check reads documents by their day.
CREATE INDEX src_rows_document_date_idx ON src_rows (document_date) WHERE document_date IS NOT NULL;
