-- What a bulk action was told to act on: the selection as it was when it was confirmed, in the order of its list.
CREATE TABLE bulk_items (
    run_id    uuid  NOT NULL REFERENCES runs ON DELETE CASCADE,
    position  int   NOT NULL,
    item      text  NOT NULL,
    PRIMARY KEY (run_id, position)
);
