-- What the private way down brought: the lines of the authority and of the
-- office, one per entity, as they travelled (canonical, without version).
CREATE TABLE private_line (
    type    TEXT NOT NULL,
    id      TEXT NOT NULL,
    version INTEGER NOT NULL,
    line    BLOB NOT NULL,
    PRIMARY KEY (type, id)
) WITHOUT ROWID;
