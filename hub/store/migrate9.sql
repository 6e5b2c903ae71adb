-- Version 9 to 10: what of a camera is recorded, which clips no event began,
-- and how long recordings stay.
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
-- How long recordings of a camera stay, by the kind of their event. No row: as long as
-- there is room.
CREATE TABLE retention (
  camera   BLOB NOT NULL REFERENCES camera (id) ON DELETE CASCADE,
  kind     TEXT NOT NULL CHECK (length(kind) <= 16), -- '' is all kinds without a row
  days     INTEGER NOT NULL CHECK (days >= 0),       -- what began longer ago goes; 0: nothing does, of a kind: as of all
  at_least INTEGER NOT NULL CHECK (at_least >= 0),   -- so many days it stays while anything else may go; 0 likewise
  bytes    INTEGER NOT NULL CHECK (bytes >= 0 AND (bytes = 0 OR kind = '')), -- all may take; 0 is no limit
  PRIMARY KEY (camera, kind)
) STRICT, WITHOUT ROWID;
-- How much the recordings of an account's cameras may take together. No row: no limit.
CREATE TABLE quota (
  account BLOB NOT NULL PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
  bytes   INTEGER NOT NULL CHECK (bytes > 0)
) STRICT, WITHOUT ROWID;
-- A quota concerns whoever runs the hub.
DROP INDEX journal_hub;
CREATE INDEX journal_hub ON journal (seq) WHERE kind IN ('account-made', 'account-removed', 'invited', 'operator', 'quota', 'refused', 'sign-in-refused', 'lockdown', 'lifted', 'backup', 'restored', 'repaired', 'rolled-back', 'confirmed-rollback', 'pruned', 'resigned', 'lost', 'incident');
