-- Edits of the own offices, one an office, until the catalogue brings them
-- back. What offices say is public.
CREATE TABLE office_edit (
    office TEXT PRIMARY KEY,
    hash   TEXT NOT NULL, -- of the line that is sent
    edit   BLOB NOT NULL  -- JSON
) WITHOUT ROWID;

-- What somebody is typing about an office.
CREATE TABLE office_draft (
    office   TEXT PRIMARY KEY,
    saved_at TEXT NOT NULL, -- RFC 3339 UTC
    line     BLOB NOT NULL  -- JSON
) WITHOUT ROWID;
