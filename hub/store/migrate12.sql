-- Version 12 to 13: of what else of a camera its owner was told that it is missing.
-- Of which cameras their owner was told that something of them is missing, and not yet that it
-- is back.
CREATE TABLE missing (
  camera   BLOB NOT NULL REFERENCES camera (id) ON DELETE CASCADE,
  what     TEXT NOT NULL CHECK (what IN ('pictures', 'recording')), -- it brings none; it is to be recorded, and is not
  since_ms INTEGER NOT NULL, -- when that was first so
  PRIMARY KEY (camera, what)
) STRICT, WITHOUT ROWID;
INSERT INTO missing (camera, what, since_ms) SELECT camera, 'pictures', since_ms FROM outage;
DROP TABLE outage;
