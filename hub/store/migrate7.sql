-- Version 7 to 8: what is listened for at a camera.
-- What is listened for at a camera. No row: nothing.
CREATE TABLE sound (
  camera BLOB NOT NULL PRIMARY KEY REFERENCES camera (id) ON DELETE CASCADE,
  sealed BLOB NOT NULL CHECK (length(sealed) <= 4096) -- JSON, under the hub sealing key
) STRICT, WITHOUT ROWID;
