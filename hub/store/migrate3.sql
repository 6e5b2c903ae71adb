-- Version 3 to 4: cameras go off the air.
-- When a camera is to be off the air. No row: never.
CREATE TABLE privacy (
  camera  BLOB NOT NULL PRIMARY KEY REFERENCES camera (id) ON DELETE CASCADE,
  off     INTEGER NOT NULL CHECK (off IN (0, 1)), -- until somebody says otherwise
  skip_ms INTEGER, -- until then the times are passed over; null is not at all
  windows TEXT NOT NULL -- JSON: [{"Days": [0 to 6, 0 is Sunday], "From": minutes after midnight, "To": likewise}]
) STRICT, WITHOUT ROWID;
