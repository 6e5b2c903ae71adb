-- Version 9 to 10: what of a camera is recorded, and which clips no event began.
-- What of a camera is recorded. No row: events, without sound.
CREATE TABLE recording_plan (
  camera  BLOB NOT NULL PRIMARY KEY REFERENCES camera (id) ON DELETE CASCADE,
  mode    TEXT NOT NULL CHECK (mode IN ('events', 'continuous', 'both', 'off')), -- in none of the windows
  windows TEXT NOT NULL, -- JSON, as in privacy, each with its mode
  sound   INTEGER NOT NULL CHECK (sound IN (0, 1)), -- recorded with the pictures
  rolls   TEXT NOT NULL  -- JSON: by the kind of event, '' for the others, how much is recorded before and after, in ns
) STRICT, WITHOUT ROWID;
-- Cameras of before are recorded with their sound, as they were.
INSERT INTO recording_plan (camera, mode, windows, sound, rolls) SELECT id, 'events', 'null', 1, 'null' FROM camera WHERE removed_ms IS NULL AND retired_ms IS NULL;
ALTER TABLE clip ADD COLUMN stretch INTEGER NOT NULL DEFAULT 0 CHECK (stretch IN (0, 1)); -- it was recorded while no event went on: its event is an id of its own
