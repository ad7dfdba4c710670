GRANT SELECT, INSERT, UPDATE (created_at), DELETE ON blobs TO {role};
GRANT SELECT, INSERT, DELETE ON blob_chunks TO {role};
