-- The counter row: every version of the catalogue comes from it. epoch is
-- the life of this hub; restoring a backup changes it.
CREATE TABLE feed (
  id      INTEGER PRIMARY KEY CHECK (id = 1),
  epoch   TEXT    NOT NULL,
  last    BIGINT  NOT NULL,
  imports BIGINT  NOT NULL
);

-- Lines by their hash, written once: working and published rows point here,
-- and older contents stay as history.
CREATE TABLE content (
  hash TEXT PRIMARY KEY,
  line BLOB NOT NULL
);

CREATE TABLE working (
  type TEXT NOT NULL,
  id   TEXT NOT NULL,
  hash TEXT NOT NULL REFERENCES content (hash),
  PRIMARY KEY (type, id)
);

-- One row per entity: its latest version, or its tombstone (hash is empty).
CREATE TABLE published (
  type    TEXT    NOT NULL,
  id      TEXT    NOT NULL,
  hash    TEXT    NOT NULL,
  version BIGINT  NOT NULL UNIQUE,
  deleted INTEGER NOT NULL,
  PRIMARY KEY (type, id)
);

CREATE TABLE publication (
  epoch           TEXT   NOT NULL,
  version         BIGINT NOT NULL,
  feed_cursor     BIGINT NOT NULL,
  published_at    BIGINT NOT NULL,
  counts          TEXT   NOT NULL,
  digest          TEXT   NOT NULL,
  snapshot        TEXT   NOT NULL,
  snapshot_size   BIGINT NOT NULL,
  brake_off_until BIGINT NOT NULL,
  PRIMARY KEY (epoch, version)
);

CREATE TABLE operator (
  id         TEXT   PRIMARY KEY,
  authority  TEXT   NOT NULL,
  office     TEXT   NOT NULL,
  role       TEXT   NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX operator_place ON operator (authority, office);

CREATE TABLE device (
  id          TEXT   PRIMARY KEY,
  authority   TEXT   NOT NULL,
  office      TEXT   NOT NULL,
  operator    TEXT   NOT NULL REFERENCES operator (id),
  public_key  TEXT   NOT NULL,
  name        TEXT   NOT NULL,
  enrolled_at BIGINT NOT NULL,
  revoked_at  BIGINT NOT NULL,
  receipts    BIGINT NOT NULL
);

CREATE TABLE enrolment_code (
  prefix      TEXT    PRIMARY KEY,
  secret_hash TEXT    NOT NULL,
  authority   TEXT    NOT NULL,
  office      TEXT    NOT NULL,
  expires_at  BIGINT  NOT NULL,
  tries       INTEGER NOT NULL,
  device      TEXT    NOT NULL
);

CREATE TABLE contact (
  id          TEXT   PRIMARY KEY,
  authority   TEXT   NOT NULL,
  office      TEXT   NOT NULL,
  operator    TEXT   NOT NULL,
  device      TEXT   NOT NULL,
  sha256      TEXT   NOT NULL,
  line        BLOB   NOT NULL,
  received_at BIGINT NOT NULL
);

-- What became of uploads, numbered within each workstation.
CREATE TABLE receipt (
  device      TEXT   NOT NULL,
  seq         BIGINT NOT NULL,
  type        TEXT   NOT NULL,
  id          TEXT   NOT NULL,
  sha256      TEXT   NOT NULL,
  state       TEXT   NOT NULL,
  received_at BIGINT NOT NULL,
  PRIMARY KEY (device, seq),
  UNIQUE (device, type, id)
);

CREATE TABLE secret (
  name  TEXT PRIMARY KEY,
  value BLOB NOT NULL
);
