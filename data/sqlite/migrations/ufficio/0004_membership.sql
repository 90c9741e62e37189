-- Requests to join the network that are made here. What they say of people
-- lies in membership_text.
CREATE TABLE application (
    id       TEXT PRIMARY KEY,
    saved_at TEXT NOT NULL, -- RFC 3339 UTC
    sent_at  TEXT NOT NULL DEFAULT '',
    problem  TEXT NOT NULL DEFAULT '',
    params   TEXT NOT NULL DEFAULT '' -- of the problem, a JSON object
) WITHOUT ROWID;

-- Frozen documents, requests and changes that the hub has not answered, in
-- the order in which they go.
CREATE TABLE application_item (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    id          TEXT NOT NULL UNIQUE,
    grp         TEXT NOT NULL, -- what was asked for together
    application TEXT NOT NULL REFERENCES application (id),
    kind        TEXT NOT NULL CHECK (kind IN ('document', 'request', 'change'))
);
CREATE INDEX application_item_of ON application_item (application, seq);

-- Requests that are examined here, as last read.
CREATE TABLE review_case (
    id      TEXT PRIMARY KEY,
    version INTEGER NOT NULL
) WITHOUT ROWID;

-- Decisions that the hub has not answered, or refused and nobody has seen.
CREATE TABLE review_decision (
    seq      INTEGER PRIMARY KEY AUTOINCREMENT,
    id       TEXT NOT NULL UNIQUE, -- of the change
    operator TEXT NOT NULL,
    at       TEXT NOT NULL,
    problem  TEXT NOT NULL DEFAULT '',
    params   TEXT NOT NULL DEFAULT '',
    refused  INTEGER NOT NULL DEFAULT 0
);

-- Documents that came to the region by another way and go to the hub.
CREATE TABLE review_document (
    request TEXT NOT NULL,
    sha256  TEXT NOT NULL,
    PRIMARY KEY (request, sha256)
) WITHOUT ROWID;

-- Texts of requests, each sealed with a data key, or as it is ('') until the
-- computer's keys open.
CREATE TABLE membership_text (
    kind    TEXT NOT NULL, -- draft, frozen, case, item; review, content, decision, document
    id      TEXT NOT NULL,
    key     TEXT NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (kind, id)
) WITHOUT ROWID;
