-- Snapshots and blobs, where replicas have no folder in common (PostgreSQL).
CREATE TABLE stored_file (
  kind      TEXT   NOT NULL,
  sha256    TEXT   NOT NULL,
  size      BIGINT NOT NULL,
  stored_at BIGINT NOT NULL,
  PRIMARY KEY (kind, sha256)
);

CREATE TABLE file_chunk (
  kind    TEXT    NOT NULL,
  sha256  TEXT    NOT NULL,
  seq     INTEGER NOT NULL,
  content BLOB    NOT NULL,
  PRIMARY KEY (kind, sha256, seq)
);

-- Receipts of a workstation up to this one are in a backup.
ALTER TABLE device ADD COLUMN durable BIGINT NOT NULL DEFAULT 0;
