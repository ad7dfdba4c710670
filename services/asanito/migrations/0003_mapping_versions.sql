-- One version for each type of mapping, so that two people who edit the same type notice each other.
CREATE TABLE mapping_versions (
    map_type text   PRIMARY KEY,
    version  bigint NOT NULL
);
