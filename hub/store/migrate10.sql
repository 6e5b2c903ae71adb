-- Version 10 to 11: what was not recorded of a camera, and why.
-- A span in which nothing of a camera was recorded although it was to be. No foreign key, as
-- for clip.
CREATE TABLE gap (
  camera  BLOB NOT NULL CHECK (length(camera) = 16),
  from_ns INTEGER NOT NULL, -- wall clock of the end of what was recorded before
  to_ns   INTEGER CHECK (to_ns >= from_ns), -- of the first picture behind; null while it goes on
  cause   TEXT NOT NULL CHECK (cause IN ('camera', 'disk', 'overload', 'privacy', 'hub', 'other')),
  event   BLOB CHECK (length(event) = 16), -- the event it is in, where events alone are recorded; else null
  count   INTEGER NOT NULL CHECK (count >= 1), -- of so many that followed each other too fast for a row each
  PRIMARY KEY (camera, from_ns)
) STRICT, WITHOUT ROWID;
-- Those that go on: what a start has to end.
CREATE INDEX gap_open ON gap (camera) WHERE to_ns IS NULL;
