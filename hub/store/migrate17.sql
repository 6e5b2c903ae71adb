-- Version 17 to 18: the addresses of exports outlast a restart.
CREATE TABLE export (
  id_hash  BLOB NOT NULL PRIMARY KEY CHECK (length(id_hash) = 32),
  session  BLOB REFERENCES session (id) ON DELETE CASCADE,
  token    BLOB REFERENCES token (id) ON DELETE CASCADE,
  camera   BLOB NOT NULL REFERENCES camera (id) ON DELETE CASCADE,
  from_ns  INTEGER NOT NULL,
  to_ns    INTEGER NOT NULL,
  speed    INTEGER NOT NULL CHECK (speed >= 0),
  until_ms INTEGER NOT NULL,
  CHECK ((session IS NULL) <> (token IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX export_session ON export (session, until_ms);
CREATE INDEX export_token ON export (token, until_ms);
CREATE INDEX export_camera ON export (camera);
CREATE INDEX export_until ON export (until_ms);
