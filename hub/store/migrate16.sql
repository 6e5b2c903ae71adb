-- Version 16 to 17: of a kind of event, too, it is said how much its recordings may take, and of
-- each how much of the newest stays.
ALTER TABLE retention RENAME TO retention_before;
CREATE TABLE retention (
  camera         BLOB NOT NULL REFERENCES camera (id) ON DELETE CASCADE,
  kind           TEXT NOT NULL CHECK (length(kind) <= 16),
  days           INTEGER NOT NULL CHECK (days >= 0),
  at_least       INTEGER NOT NULL CHECK (at_least >= 0),
  bytes          INTEGER NOT NULL CHECK (bytes >= 0),
  at_least_bytes INTEGER NOT NULL CHECK (at_least_bytes >= 0),
  PRIMARY KEY (camera, kind)
) STRICT, WITHOUT ROWID;
INSERT INTO retention (camera, kind, days, at_least, bytes, at_least_bytes) SELECT camera, kind, days, at_least, bytes, 0 FROM retention_before;
DROP TABLE retention_before;
