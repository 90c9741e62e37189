-- What the private way down brought: the lines of the authority and of the
-- office, one per entity, as they travelled (canonical, without version).
-- Contacts and follow-ups go into the tables of their own.
CREATE TABLE private_line (
    type    TEXT NOT NULL,
    id      TEXT NOT NULL,
    version INTEGER NOT NULL,
    line    BLOB NOT NULL,
    PRIMARY KEY (type, id)
) WITHOUT ROWID;

-- Contacts of colleagues lie beside our own.
ALTER TABLE contact ADD COLUMN own INTEGER NOT NULL DEFAULT 1;

-- Follow-ups that were made, by us or by a colleague.
CREATE TABLE follow_up (
    id          TEXT PRIMARY KEY,
    contact     TEXT NOT NULL,
    recorded_at TEXT NOT NULL,
    line        BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX follow_up_contact ON follow_up (contact, recorded_at);

-- Frozen uploads: queued -> sent (in a batch) -> acked | quarantined ->
-- queued | discarded. Items of one entity keep their order.
CREATE TABLE upload (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    id         TEXT NOT NULL UNIQUE,
    type       TEXT NOT NULL,
    entity     TEXT NOT NULL, -- what the item is about: the first contact
    payload    BLOB NOT NULL,
    sha256     TEXT NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('queued', 'sent', 'acked', 'quarantined', 'discarded')),
    batch      TEXT NOT NULL DEFAULT '', -- while it is sent
    attempts   INTEGER NOT NULL DEFAULT 0,
    next_try   INTEGER NOT NULL DEFAULT 0, -- Unix ms
    created_at TEXT NOT NULL,
    settled_at TEXT NOT NULL DEFAULT '',
    epoch      TEXT NOT NULL DEFAULT '', -- of the hub that has it
    problem    TEXT NOT NULL DEFAULT '',
    params     TEXT NOT NULL DEFAULT ''  -- of the problem, a JSON object
);
INSERT INTO upload (seq, id, type, entity, payload, sha256, state, attempts, next_try, created_at, settled_at, problem)
    SELECT seq, id, type, coalesce(nullif(CAST(payload AS TEXT) ->> 'corrects', ''), id), payload, sha256,
        CASE state WHEN 'sent' THEN 'queued' ELSE state END, attempts, next_try, created_at, settled_at, problem
    FROM outbox;
DROP TABLE outbox;
ALTER TABLE upload RENAME TO outbox;
CREATE INDEX outbox_state ON outbox (state, seq);
CREATE INDEX outbox_entity ON outbox (entity, seq);
CREATE INDEX outbox_batch ON outbox (batch, seq) WHERE batch <> '';

-- A batch is remembered before it is sent: after a lost answer the same items
-- travel again under the same identifier. There is one at most.
CREATE TABLE upload_batch (
    id         TEXT PRIMARY KEY,
    audit_head TEXT NOT NULL, -- as it was when the batch was made
    attempts   INTEGER NOT NULL,
    next_try   INTEGER NOT NULL -- Unix ms
) WITHOUT ROWID;

-- Receipts know the page that they came in, so that what is durable at the
-- hub can be told by a cursor that means nothing to us. They are read anew.
CREATE TABLE receipt_page (
    n      INTEGER PRIMARY KEY AUTOINCREMENT,
    cursor TEXT NOT NULL UNIQUE
);
ALTER TABLE receipt ADD COLUMN page INTEGER NOT NULL DEFAULT 0;
DELETE FROM receipt;
DELETE FROM setting WHERE key = 'exchange.receipts_cursor';

ALTER TABLE device ADD COLUMN upload_key TEXT NOT NULL DEFAULT '';
ALTER TABLE device ADD COLUMN renew_by TEXT NOT NULL DEFAULT ''; -- RFC 3339 UTC

-- How large documents are, so that one over the budget is loaded but once.
CREATE TABLE document_size (
    sha256 TEXT PRIMARY KEY,
    size   INTEGER NOT NULL
) WITHOUT ROWID;
