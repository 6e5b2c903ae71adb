-- Version 8 to 9: when events begin, and who is away.
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
