-- Operators with a key of their own; a record without one works without a
-- password, on the workstation that came with it.
ALTER TABLE operator ADD COLUMN active      INTEGER NOT NULL DEFAULT 1;
ALTER TABLE operator ADD COLUMN public_key  TEXT    NOT NULL DEFAULT '';
ALTER TABLE operator ADD COLUMN sealed_key  TEXT    NOT NULL DEFAULT '';
ALTER TABLE operator ADD COLUMN sealed_name TEXT    NOT NULL DEFAULT '';
ALTER TABLE operator ADD COLUMN must_change INTEGER NOT NULL DEFAULT 0;

-- previous_key holds until the renewed key was used for the first time.
ALTER TABLE device ADD COLUMN seal_key     TEXT   NOT NULL DEFAULT '';
ALTER TABLE device ADD COLUMN previous_key TEXT   NOT NULL DEFAULT '';
ALTER TABLE device ADD COLUMN renew_by     BIGINT NOT NULL DEFAULT 0;
UPDATE device SET renew_by = enrolled_at + 31536000000;
CREATE INDEX device_authority ON device (authority);

-- '' is decided when the code is used.
ALTER TABLE enrolment_code ADD COLUMN role TEXT NOT NULL DEFAULT '';

CREATE INDEX contact_authority ON contact (authority);

-- What workstations send besides contacts.
CREATE TABLE upload (
  type        TEXT   NOT NULL,
  id          TEXT   NOT NULL,
  authority   TEXT   NOT NULL,
  office      TEXT   NOT NULL,
  operator    TEXT   NOT NULL,
  device      TEXT   NOT NULL,
  sha256      TEXT   NOT NULL,
  state       TEXT   NOT NULL,
  line        BLOB   NOT NULL,
  received_at BIGINT NOT NULL,
  PRIMARY KEY (type, id)
);

-- Batches and their answers: the same batch again gets the same answer.
CREATE TABLE upload_batch (
  device      TEXT   NOT NULL,
  id          TEXT   NOT NULL,
  sha256      TEXT   NOT NULL,
  audit_head  TEXT   NOT NULL,
  answer      BLOB   NOT NULL,
  received_at BIGINT NOT NULL,
  PRIMARY KEY (device, id)
);

-- The private way down: a counter row for each authority, and for each thing
-- its latest version. The lines themselves are in the tables of the things.
CREATE TABLE private_feed (
  authority TEXT   PRIMARY KEY,
  last      BIGINT NOT NULL
);
CREATE TABLE private_line (
  authority TEXT   NOT NULL,
  version   BIGINT NOT NULL,
  type      TEXT   NOT NULL,
  id        TEXT   NOT NULL,
  office    TEXT   NOT NULL,
  PRIMARY KEY (type, id)
);
CREATE UNIQUE INDEX private_line_version ON private_line (authority, version);

-- What was there before goes down too.
INSERT INTO private_line (authority, version, type, id, office)
  SELECT authority, ROW_NUMBER() OVER (PARTITION BY authority ORDER BY at, type, id), type, id, office FROM (
    SELECT authority, 0 AS at, 'operator' AS type, id, office FROM operator
    UNION ALL SELECT authority, 0, 'device', id, office FROM device
    UNION ALL SELECT authority, received_at, 'contact', id, office FROM contact
  ) AS before_it;
INSERT INTO private_feed (authority, last)
  SELECT authority, MAX(version) FROM private_line GROUP BY authority;

-- Requests and documents of bodies that are not members yet. owner is the
-- thumbprint of the key that signed.
CREATE TABLE membership_request (
  id          TEXT   PRIMARY KEY,
  owner       TEXT   NOT NULL,
  sha256      TEXT   NOT NULL,
  state       TEXT   NOT NULL,
  line        BLOB   NOT NULL,
  received_at BIGINT NOT NULL
);
CREATE INDEX membership_request_owner ON membership_request (owner);
CREATE TABLE applicant_blob (
  owner      TEXT   NOT NULL,
  sha256     TEXT   NOT NULL,
  size       BIGINT NOT NULL,
  received   BIGINT NOT NULL,
  changed_at BIGINT NOT NULL,
  PRIMARY KEY (owner, sha256)
);
CREATE TABLE applicant_blob_part (
  owner    TEXT   NOT NULL,
  sha256   TEXT   NOT NULL,
  starts   BIGINT NOT NULL,
  content  BLOB   NOT NULL,
  PRIMARY KEY (owner, sha256, starts)
);

-- How often something was tried within a window of time (seconds of the
-- epoch at its beginning). Addresses are here as a keyed hash only, under a
-- key that is thrown away every day.
CREATE TABLE rate (
  bucket TEXT   NOT NULL,
  starts BIGINT NOT NULL,
  hits   BIGINT NOT NULL,
  PRIMARY KEY (bucket, starts)
);
