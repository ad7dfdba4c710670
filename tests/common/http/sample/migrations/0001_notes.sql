-- What the sample service of the HTTP tests keeps.
CREATE TABLE notes (
    id          uuid        PRIMARY KEY DEFAULT uuidv7(),
    text        text        NOT NULL,
    colour      text,
    pinned      boolean     NOT NULL DEFAULT false,
    version     int         NOT NULL DEFAULT 1,
    noted_date  date        NOT NULL DEFAULT current_date,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
