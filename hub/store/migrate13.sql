-- Version 13 to 14: several media pools.
-- The media pools beside the first one, all that there ever were.
CREATE TABLE pool (
  number INTEGER PRIMARY KEY CHECK (number >= 1), -- what clips and cameras call it; 0 is the first pool, which has no row
  name   TEXT NOT NULL UNIQUE, -- what the settings call it
  marker BLOB NOT NULL CHECK (length(marker) = 16) -- that of the file in its root
) STRICT;
-- Which pool a camera's clips go to. No row: the first.
CREATE TABLE camera_pool (
  camera BLOB NOT NULL PRIMARY KEY REFERENCES camera (id) ON DELETE CASCADE,
  pool   INTEGER NOT NULL REFERENCES pool (number)
) STRICT, WITHOUT ROWID;
ALTER TABLE clip ADD COLUMN pool INTEGER NOT NULL DEFAULT 0 CHECK (pool >= 0); -- the pool that its file lies in
