-- Version 8 to 9: when events begin, who is away, where pictures of a camera leave the
-- hub, previews of clips, and whose picture an event shows.
-- When what is seen or heard at a camera begins an event. No row: always.
CREATE TABLE event_rule (
  camera  BLOB NOT NULL PRIMARY KEY REFERENCES camera (id) ON DELETE CASCADE,
  rule    TEXT NOT NULL CHECK (rule IN ('always', 'away', 'weekly')), -- away: while its owner is, and in the windows
  windows TEXT NOT NULL -- JSON, as in privacy
) STRICT, WITHOUT ROWID;
-- Who is away. No row: at home.
CREATE TABLE away (
  account  BLOB NOT NULL PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
  since_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
ALTER TABLE token ADD COLUMN away INTEGER NOT NULL DEFAULT 0 CHECK (away IN (0, 1)); -- it may say whether its maker is away
-- Where pictures of a camera leave the hub in the clear, because its owner wants them to.
-- No row: nowhere.
CREATE TABLE exit (
  id       BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  camera   BLOB NOT NULL REFERENCES camera (id) ON DELETE CASCADE,
  account  BLOB NOT NULL REFERENCES account (id) ON DELETE CASCADE, -- who set it; good only while that is the camera's owner
  kind     TEXT NOT NULL CHECK (kind IN ('detector')),
  sealed   BLOB NOT NULL CHECK (length(sealed) <= 4096), -- JSON, under the hub sealing key: the kind again, the address, what it is for
  since_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- One of a kind for each camera; also finds it when a picture is to go.
CREATE UNIQUE INDEX exit_camera ON exit (camera, kind);
-- The exits of an account.
CREATE INDEX exit_account ON exit (account);
ALTER TABLE clip ADD COLUMN preview INTEGER NOT NULL DEFAULT 0 CHECK (preview IN (0, 1)); -- it has small pictures of all of it
ALTER TABLE event ADD COLUMN picture BLOB CHECK (length(picture) = 16); -- the clip whose picture shows most; null where it is the first one's
