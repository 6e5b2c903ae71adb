-- Version 6 to 7: what of that which moves before a camera counts.
-- What of that which moves before a camera counts. No row: all of it.
CREATE TABLE motion (
  camera BLOB NOT NULL PRIMARY KEY REFERENCES camera (id) ON DELETE CASCADE,
  sealed BLOB NOT NULL CHECK (length(sealed) <= 65536) -- JSON, under the hub sealing key: names of zones are the owner's words
) STRICT, WITHOUT ROWID;
