-- Version 5 to 6: what was told of cameras outlives the hub.
-- Cameras whose owner was told that they bring no pictures, and not yet that they are back.
CREATE TABLE outage (
  camera   BLOB NOT NULL PRIMARY KEY REFERENCES camera (id) ON DELETE CASCADE,
  since_ms INTEGER NOT NULL -- when they were seen to bring none
) STRICT, WITHOUT ROWID;
-- What is written to the journal waits in the transaction of what it tells of.
CREATE TABLE journal_due (
  seq      INTEGER PRIMARY KEY,
  at_ms    INTEGER NOT NULL,
  kind     TEXT NOT NULL,
  account  BLOB CHECK (length(account) = 16),
  via      TEXT NOT NULL CHECK (via IN ('session', 'token', 'guest', 'console', 'hub')),
  session  BLOB CHECK (length(session) = 16),
  camera   BLOB CHECK (length(camera) = 16),
  owner    BLOB CHECK (length(owner) = 16),
  object   BLOB CHECK (length(object) = 16),
  other    BLOB CHECK (length(other) = 16),
  count    INTEGER NOT NULL DEFAULT 0,
  bytes    INTEGER NOT NULL DEFAULT 0,
  span_ms  INTEGER NOT NULL DEFAULT 0,
  place    TEXT NOT NULL DEFAULT '',
  detail   TEXT NOT NULL DEFAULT '',
  hash     BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
