-- Personal data lie sealed, each field with the key of its month; whoever
-- destroys a month's key destroys what the month holds.
CREATE TABLE data_key (
    month   TEXT PRIMARY KEY, -- "2026-11"
    wrapped BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE contact_sealed (
    contact TEXT PRIMARY KEY REFERENCES contact (id),
    month   TEXT NOT NULL,
    note    BLOB NOT NULL, -- empty = there is none
    name    BLOB NOT NULL,
    phone   BLOB NOT NULL,
    email   BLOB NOT NULL
) WITHOUT ROWID;

-- Until this computer's keys open, personal data wait here as before.
ALTER TABLE contact_note ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE contact_note ADD COLUMN phone TEXT NOT NULL DEFAULT '';
ALTER TABLE contact_note ADD COLUMN email TEXT NOT NULL DEFAULT '';

-- Contacts whose private part waits for the office's key. Notes of before
-- were promised to stay here: they are not among them.
CREATE TABLE private_wait (contact TEXT PRIMARY KEY REFERENCES contact (id)) WITHOUT ROWID;
CREATE INDEX private_contact ON private_line (CAST(line AS TEXT) ->> 'contact') WHERE type = 'contact_private';

-- Keys of the office that this workstation holds, wrapped.
CREATE TABLE office_key (
    public  TEXT PRIMARY KEY,
    wrapped BLOB NOT NULL,
    made_at TEXT NOT NULL
) WITHOUT ROWID;

-- Envelopes that this workstation made.
CREATE TABLE key_handed (
    public TEXT NOT NULL,
    device TEXT NOT NULL,
    PRIMARY KEY (public, device)
) WITHOUT ROWID;

CREATE TABLE login_try (
    operator  TEXT PRIMARY KEY,
    failed    INTEGER NOT NULL,
    locked_at INTEGER NOT NULL, -- Unix ms, 0 = not locked
    locked_ms INTEGER NOT NULL,
    of        TEXT NOT NULL     -- which sealed key was tried
) WITHOUT ROWID;

-- What was done here: every line holds the hash of the one before.
CREATE TABLE audit (
    seq      INTEGER PRIMARY KEY AUTOINCREMENT,
    at       TEXT NOT NULL, -- RFC 3339 UTC
    kind     TEXT NOT NULL,
    operator TEXT NOT NULL, -- opaque
    object   TEXT NOT NULL, -- opaque
    hash     TEXT NOT NULL
);
CREATE TRIGGER audit_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER audit_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
