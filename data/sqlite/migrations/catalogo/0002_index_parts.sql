-- The search index in parts: the whole catalogue first, then what changed
-- since, in order. All carry the generation in which they were written; the
-- last one's is that of the entities.
DROP TABLE index_blob;
CREATE TABLE index_part (
    place      INTEGER PRIMARY KEY, -- from 0, without gaps
    generation INTEGER NOT NULL,
    blob       BLOB NOT NULL
);

-- Counts and digest are compared at every change without reading the lines.
CREATE INDEX entity_hash ON entity (type, id, hash);
