-- File bytes, addressed by their content. A chunk belongs to an upload; a blob names the upload that holds its bytes.

CREATE TABLE blobs (
    sha256      text        PRIMARY KEY CONSTRAINT blobs_sha256_check CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    size_bytes  bigint      NOT NULL CONSTRAINT blobs_size_bytes_check CHECK (size_bytes >= 0),
    upload_id   uuid        NOT NULL CONSTRAINT blobs_upload_id_key UNIQUE,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE blob_chunks (
    upload_id   uuid        NOT NULL,
    seq         int         NOT NULL,
    bytes       bytea       NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT blob_chunks_pkey PRIMARY KEY (upload_id, seq)
);
-- Whole chunks are read: compressing them would cost more than it saves.
ALTER TABLE blob_chunks ALTER COLUMN bytes SET STORAGE EXTERNAL;
