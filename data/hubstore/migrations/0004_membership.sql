-- A request with what became of it. record is the case with its history, as
-- JSON; what is looked for has columns of its own. Versions come from a counter
-- row and become visible in their order.
ALTER TABLE membership_request ADD COLUMN version    BIGINT NOT NULL DEFAULT 0;
ALTER TABLE membership_request ADD COLUMN number     TEXT   NOT NULL DEFAULT '';
ALTER TABLE membership_request ADD COLUMN authority  TEXT   NOT NULL DEFAULT '';
ALTER TABLE membership_request ADD COLUMN tax_code   TEXT   NOT NULL DEFAULT '';
ALTER TABLE membership_request ADD COLUMN name_key   TEXT   NOT NULL DEFAULT '';
ALTER TABLE membership_request ADD COLUMN expires_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE membership_request ADD COLUMN record     BLOB   NOT NULL DEFAULT '';
-- registered: the region's protocol office has given it a number; before that
-- it is a stranger's. closed_at: when it was rejected, withdrawn or expired.
ALTER TABLE membership_request ADD COLUMN registered INTEGER NOT NULL DEFAULT 0;
ALTER TABLE membership_request ADD COLUMN closed_at  BIGINT NOT NULL DEFAULT 0;

CREATE TABLE membership_feed (
  id   INTEGER PRIMARY KEY CHECK (id = 1),
  last BIGINT  NOT NULL
);

-- Receipts are numbered within a year.
CREATE TABLE membership_number (
  year INTEGER PRIMARY KEY,
  last BIGINT  NOT NULL
);

-- What was received before: nobody had looked at it. The year is that of the
-- mean calendar, which differs from ours within hours of New Year only.
UPDATE membership_request SET state = 'sent',
  version = (SELECT COUNT(*) FROM membership_request m
    WHERE m.received_at < membership_request.received_at
       OR m.received_at = membership_request.received_at AND m.id <= membership_request.id);
INSERT INTO membership_feed (id, last) SELECT 1, COUNT(*) FROM membership_request HAVING COUNT(*) > 0;
INSERT INTO membership_number (year, last)
  SELECT CAST(1970 + received_at / 31556952000 AS INTEGER), COUNT(*) FROM membership_request
  GROUP BY CAST(1970 + received_at / 31556952000 AS INTEGER);
UPDATE membership_request SET number = (
  SELECT CAST(1970 + membership_request.received_at / 31556952000 AS VARCHAR) || '-' ||
    SUBSTR('0000' || CAST(COUNT(*) AS VARCHAR), LENGTH('0000' || CAST(COUNT(*) AS VARCHAR)) - 4) FROM membership_request m
  WHERE m.received_at / 31556952000 = membership_request.received_at / 31556952000 AND m.version <= membership_request.version);

CREATE UNIQUE INDEX membership_request_version ON membership_request (version);
CREATE INDEX membership_request_authority ON membership_request (authority, state);
CREATE INDEX membership_request_expires ON membership_request (expires_at);
-- Rivals are looked for once for each line of a page: never through the
-- requests themselves, which are long.
CREATE INDEX membership_request_tax_code ON membership_request (tax_code, state);
CREATE INDEX membership_request_name_key ON membership_request (name_key, state);
CREATE INDEX membership_request_state ON membership_request (state, registered);
CREATE INDEX membership_request_closed ON membership_request (closed_at);

-- Which request needs which document. One that nobody names is thrown away
-- after days; one is registered when a request is that needs it. Of requests that were received before all documents of their
-- owner count.
CREATE TABLE membership_document (
  request TEXT NOT NULL,
  owner   TEXT NOT NULL,
  sha256  TEXT NOT NULL,
  PRIMARY KEY (request, owner, sha256)
);
CREATE INDEX membership_document_blob ON membership_document (owner, sha256);
ALTER TABLE applicant_blob ADD COLUMN registered INTEGER NOT NULL DEFAULT 0;
INSERT INTO membership_document (request, owner, sha256)
  SELECT r.id, b.owner, b.sha256 FROM membership_request r JOIN applicant_blob b ON b.owner = r.owner;

-- Changes that happened: the same one again does nothing.
CREATE TABLE membership_change (
  id      TEXT   PRIMARY KEY,
  request TEXT   NOT NULL,
  sha256  TEXT   NOT NULL,
  at      BIGINT NOT NULL
);

-- The private line of a new member.
CREATE TABLE first_steps (
  authority TEXT PRIMARY KEY,
  line      BLOB NOT NULL
);

-- Codes of new members: whose membership, by which letter; void ones were
-- replaced, or the authority left.
ALTER TABLE enrolment_code ADD COLUMN request TEXT    NOT NULL DEFAULT '';
ALTER TABLE enrolment_code ADD COLUMN letter  TEXT    NOT NULL DEFAULT '';
ALTER TABLE enrolment_code ADD COLUMN void    INTEGER NOT NULL DEFAULT 0;
CREATE INDEX enrolment_code_authority ON enrolment_code (authority);
CREATE INDEX enrolment_code_letter ON enrolment_code (letter);
