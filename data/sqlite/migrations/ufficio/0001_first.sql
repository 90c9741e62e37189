-- What the office itself makes: nothing here can be downloaded again.
CREATE TABLE setting (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE device (
    only      INTEGER PRIMARY KEY CHECK (only = 1),
    id        TEXT NOT NULL,
    hub       TEXT NOT NULL,
    authority TEXT NOT NULL,
    office    TEXT NOT NULL,
    operator  TEXT NOT NULL,
    role      TEXT NOT NULL,
    ca        BLOB NOT NULL,
    roots     TEXT NOT NULL -- JSON array of base64 keys
);

CREATE TABLE contact (
    id          TEXT PRIMARY KEY,
    number      TEXT NOT NULL,
    visit       TEXT NOT NULL,
    day         TEXT NOT NULL, -- local day of recorded_at
    recorded_at TEXT NOT NULL, -- RFC 3339 UTC
    corrects    TEXT NOT NULL,
    line        BLOB NOT NULL  -- canonical, as it travels
) WITHOUT ROWID;
CREATE INDEX contact_day ON contact (day, recorded_at);

-- Notes stay on this workstation.
CREATE TABLE contact_note (
    contact TEXT PRIMARY KEY REFERENCES contact (id),
    note    TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE counter (
    name TEXT PRIMARY KEY,
    last INTEGER NOT NULL
) WITHOUT ROWID;

-- Frozen uploads: queued -> sent -> acked | quarantined.
CREATE TABLE outbox (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    id         TEXT NOT NULL UNIQUE,
    type       TEXT NOT NULL,
    payload    BLOB NOT NULL,
    sha256     TEXT NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('queued', 'sent', 'acked', 'quarantined')),
    attempts   INTEGER NOT NULL DEFAULT 0,
    next_try   INTEGER NOT NULL DEFAULT 0, -- Unix ms
    created_at TEXT NOT NULL,
    settled_at TEXT NOT NULL DEFAULT '',
    problem    TEXT NOT NULL DEFAULT ''
);
CREATE INDEX outbox_waiting ON outbox (state, next_try, seq);

CREATE TABLE receipt (
    id          TEXT PRIMARY KEY,
    type        TEXT NOT NULL,
    sha256      TEXT NOT NULL,
    state       TEXT NOT NULL,
    received_at TEXT NOT NULL
) WITHOUT ROWID;
