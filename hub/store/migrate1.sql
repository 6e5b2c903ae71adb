-- From version 1: accounts, sharing, journal and recovery complete.
ALTER TABLE account ADD COLUMN recovery_ms INTEGER;
ALTER TABLE account ADD COLUMN recovery_wrong INTEGER NOT NULL DEFAULT 0 CHECK (recovery_wrong >= 0);
ALTER TABLE account ADD COLUMN removed_ms INTEGER;
ALTER TABLE session ADD COLUMN proved_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE session ADD COLUMN device TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN place TEXT NOT NULL DEFAULT '';
ALTER TABLE camera ADD COLUMN retired_ms INTEGER;
ALTER TABLE camera ADD COLUMN pin_hash BLOB CHECK (length(pin_hash) = 32);
ALTER TABLE grants ADD COLUMN unconfirmed INTEGER NOT NULL DEFAULT 0 CHECK (unconfirmed IN (0, 1));
ALTER TABLE event ADD COLUMN star INTEGER NOT NULL DEFAULT 0 CHECK (star IN (0, 1));

ALTER TABLE principal RENAME TO old_principal;
CREATE TABLE principal (
  id          BLOB NOT NULL CHECK (length(id) = 16),
  version     INTEGER NOT NULL CHECK (version >= 1),
  kind        TEXT NOT NULL CHECK (kind IN ('account', 'token')),
  hub         BLOB NOT NULL CHECK (length(hub) = 16),
  kem_public  BLOB NOT NULL CHECK (length(kem_public) = 1216),
  sign_public BLOB CHECK (length(sign_public) = 32),
  handover    BLOB CHECK (length(handover) = 64),
  signature   BLOB NOT NULL CHECK (length(signature) = 64),
  PRIMARY KEY (id, version),
  CHECK ((kind = 'token') = (sign_public IS NULL))
) STRICT;
INSERT INTO principal (id, version, kind, hub, kem_public, sign_public, handover, signature)
SELECT account, version, 'account', (SELECT value FROM setting WHERE name = 'hub'), kem_public, sign_public, NULL, signature FROM old_principal;
DROP TABLE old_principal;

ALTER TABLE epoch_wrap RENAME TO old_epoch_wrap;
CREATE TABLE epoch_wrap (
  kid       BLOB NOT NULL CHECK (length(kid) = 16),
  principal BLOB NOT NULL CHECK (length(principal) = 16),
  version   INTEGER NOT NULL CHECK (version >= 1),
  camera    BLOB NOT NULL REFERENCES camera (id) ON DELETE CASCADE,
  part      TEXT NOT NULL CHECK (part IN ('live', 'store')),
  sealed    BLOB NOT NULL CHECK (length(sealed) = 1168),
  PRIMARY KEY (kid, principal)
) STRICT;
INSERT INTO epoch_wrap (kid, principal, version, camera, part, sealed)
SELECT kid, account, version, camera, part, sealed FROM old_epoch_wrap;
DROP TABLE old_epoch_wrap;

ALTER TABLE wrap RENAME TO old_wrap;
CREATE TABLE wrap (
  id         BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  account    BLOB NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  version    INTEGER NOT NULL CHECK (version >= 1),
  kind       TEXT NOT NULL CHECK (kind IN ('password', 'session', 'recovery')),
  session    BLOB UNIQUE REFERENCES session (id) ON DELETE CASCADE,
  salt       BLOB NOT NULL CHECK (length(salt) = 16),
  memory_kib INTEGER,
  passes     INTEGER,
  lanes      INTEGER,
  sealed     BLOB NOT NULL CHECK (length(sealed) = 48),
  created_ms INTEGER NOT NULL,
  CHECK ((kind = 'session') = (session IS NOT NULL)),
  CHECK ((kind = 'password') = (memory_kib IS NOT NULL AND passes IS NOT NULL AND lanes IS NOT NULL))
) STRICT, WITHOUT ROWID;
INSERT INTO wrap (id, account, version, kind, session, salt, memory_kib, passes, lanes, sealed, created_ms)
SELECT id, account, version, kind, session, salt, memory_kib, passes, lanes, sealed, created_ms FROM old_wrap;
DROP TABLE old_wrap;

CREATE TABLE totp (
  account      BLOB NOT NULL PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
  version      INTEGER NOT NULL CHECK (version >= 1),
  sealed       BLOB NOT NULL,
  last_step    INTEGER NOT NULL DEFAULT 0,
  created_ms   INTEGER NOT NULL,
  confirmed_ms INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE invitation (
  id         BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  code_hash  BLOB NOT NULL UNIQUE CHECK (length(code_hash) = 32),
  name       TEXT NOT NULL DEFAULT '',
  maker      BLOB NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  created_ms INTEGER NOT NULL,
  expires_ms INTEGER NOT NULL,
  used_ms    INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE token (
  id         BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  account    BLOB NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  name       TEXT NOT NULL,
  token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
  scope_hash BLOB NOT NULL CHECK (length(scope_hash) = 32),
  created_ms INTEGER NOT NULL,
  expires_ms INTEGER,
  used_ms    INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE token_camera (
  token           BLOB NOT NULL REFERENCES token (id) ON DELETE CASCADE,
  camera          BLOB NOT NULL REFERENCES camera (id) ON DELETE CASCADE,
  actions         INTEGER NOT NULL CHECK (actions > 0),
  history_from_ms INTEGER NOT NULL,
  PRIMARY KEY (token, camera)
) STRICT, WITHOUT ROWID;
CREATE TABLE transfer (
  id         BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  camera     BLOB NOT NULL CHECK (length(camera) = 16),
  owner      BLOB NOT NULL CHECK (length(owner) = 16),
  owner_name TEXT NOT NULL,
  taker      BLOB NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  name       TEXT NOT NULL,
  access     BLOB NOT NULL,
  erase      INTEGER NOT NULL CHECK (erase IN (0, 1)),
  created_ms INTEGER NOT NULL,
  expires_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE guest_link (
  id          BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  account     BLOB NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  camera      BLOB NOT NULL REFERENCES camera (id) ON DELETE CASCADE,
  clip        BLOB NOT NULL CHECK (length(clip) = 16),
  label       TEXT NOT NULL DEFAULT '',
  secret_hash BLOB NOT NULL UNIQUE CHECK (length(secret_hash) = 32),
  salt        BLOB NOT NULL CHECK (length(salt) = 16),
  sealed      BLOB NOT NULL CHECK (length(sealed) = 48),
  views       INTEGER NOT NULL CHECK (views >= 1),
  views_left  INTEGER NOT NULL CHECK (views_left >= 0),
  created_ms  INTEGER NOT NULL,
  expires_ms  INTEGER NOT NULL,
  revoked_ms  INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE guest (
  id         BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  link       BLOB NOT NULL REFERENCES guest_link (id) ON DELETE CASCADE,
  token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
  scope_hash BLOB NOT NULL CHECK (length(scope_hash) = 32),
  salt       BLOB NOT NULL CHECK (length(salt) = 16),
  sealed     BLOB NOT NULL CHECK (length(sealed) = 48),
  created_ms INTEGER NOT NULL,
  expires_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE journal (
  seq      INTEGER PRIMARY KEY,
  at_ms    INTEGER NOT NULL,
  kind     TEXT NOT NULL,
  account  BLOB CHECK (length(account) = 16),
  via      TEXT NOT NULL CHECK (via IN ('session', 'token', 'guest', 'console', 'hub')),
  session  BLOB CHECK (length(session) = 16),
  camera   BLOB CHECK (length(camera) = 16),
  owner    BLOB CHECK (length(owner) = 16),
  object   BLOB CHECK (length(object) = 16),
  other    BLOB CHECK (length(other) = 16),
  count    INTEGER NOT NULL DEFAULT 0,
  bytes    INTEGER NOT NULL DEFAULT 0,
  span_ms  INTEGER NOT NULL DEFAULT 0,
  place    TEXT NOT NULL DEFAULT '',
  detail   TEXT NOT NULL DEFAULT '',
  hash     BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE TABLE notice (
  id      BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  account BLOB NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  at_ms   INTEGER NOT NULL,
  kind    TEXT NOT NULL,
  camera  BLOB CHECK (length(camera) = 16),
  detail  TEXT NOT NULL DEFAULT '',
  read_ms INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE lockdown (
  account  BLOB NOT NULL PRIMARY KEY CHECK (length(account) = 16),
  maker    BLOB NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  session  BLOB NOT NULL CHECK (length(session) = 16),
  since_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE former_hub (
  hub      BLOB NOT NULL PRIMARY KEY CHECK (length(hub) = 16),
  public   BLOB NOT NULL CHECK (length(public) = 32),
  until_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX camera_pin ON camera (pin_hash) WHERE removed_ms IS NULL AND retired_ms IS NULL;
CREATE UNIQUE INDEX wrap_password ON wrap (account) WHERE kind = 'password';
CREATE UNIQUE INDEX wrap_recovery ON wrap (account) WHERE kind = 'recovery';
CREATE INDEX token_account ON token (account);
CREATE INDEX token_expires ON token (expires_ms) WHERE expires_ms IS NOT NULL;
CREATE INDEX token_camera_camera ON token_camera (camera);
CREATE UNIQUE INDEX transfer_camera ON transfer (camera);
CREATE INDEX guest_link_account ON guest_link (account);
CREATE INDEX epoch_wrap_camera ON epoch_wrap (camera, principal);
CREATE INDEX epoch_wrap_principal ON epoch_wrap (principal);
CREATE INDEX event_kind ON event (camera, kind, start_ns DESC, id DESC);
CREATE INDEX event_star ON event (camera, start_ns DESC, id DESC) WHERE star = 1;
CREATE INDEX journal_owner ON journal (owner, seq) WHERE owner IS NOT NULL;
CREATE INDEX journal_account ON journal (account, seq) WHERE account IS NOT NULL;
-- What was done to an account.
CREATE INDEX journal_other ON journal (other, seq) WHERE other IS NOT NULL;
-- What concerns those who run the hub.
CREATE INDEX journal_hub ON journal (seq) WHERE kind IN ('account-made', 'account-removed', 'invited', 'operator', 'refused', 'sign-in-refused', 'lockdown', 'lifted', 'backup', 'restored', 'repaired', 'rolled-back', 'confirmed-rollback', 'pruned', 'resigned', 'lost', 'incident');
CREATE INDEX notice_account ON notice (account, at_ms);
