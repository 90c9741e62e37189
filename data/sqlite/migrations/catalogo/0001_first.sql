-- Public data: everything here can be downloaded again.
CREATE TABLE entity (
    type    TEXT NOT NULL,
    id      TEXT NOT NULL,
    version INTEGER NOT NULL,
    hash    TEXT NOT NULL,
    line    BLOB NOT NULL, -- canonical line without version
    PRIMARY KEY (type, id)
) WITHOUT ROWID;

-- epoch, cursor, digest, version, public_base, generation, demonstration
CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

-- The search index belongs to the generation of the entities beside it.
CREATE TABLE index_blob (
    name       TEXT PRIMARY KEY,
    generation INTEGER NOT NULL,
    blob       BLOB NOT NULL
);
