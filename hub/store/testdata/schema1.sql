-- The hub's database, as a fresh hub makes it; migrations are for older files.
-- Three things always hold. It contains nothing that opens a clip: secrets are
-- hashed, wrapped or sealed. What says "may A see C" is a row here and nowhere
-- else. A clip file does not need its row: rows can be rebuilt, files cannot.
--
-- Names of units: _ms and _ns are Unix time or a duration, bytes are bytes.
-- Ids are 16 random bytes. hub/vault/VAULT.md says how each sealed column is
-- bound to its row; a column copied into another row does not open there.

-- Facts about the hub as a whole.
CREATE TABLE setting (
  name  TEXT NOT NULL PRIMARY KEY, -- 'hub': the id of the hub this database belongs to
  value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- One person.
CREATE TABLE account (
  id         BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  name       TEXT NOT NULL,            -- as the person wrote it
  name_key   TEXT NOT NULL UNIQUE,     -- folded name: 'Ann' and 'ann' are one person
  operator   INTEGER NOT NULL CHECK (operator IN (0, 1)), -- runs the hub; sees no more for it
  version    INTEGER NOT NULL CHECK (version >= 1),       -- of its secret; newest row of principal
  created_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The public keys of an account's secret, one row per version of it; old ones
-- stay, because old epoch records are signed with them.
CREATE TABLE principal (
  account     BLOB NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  version     INTEGER NOT NULL CHECK (version >= 1),
  kem_public  BLOB NOT NULL CHECK (length(kem_public) = 1216), -- epoch keys are sealed to it
  sign_public BLOB NOT NULL CHECK (length(sign_public) = 32),  -- signs epoch records
  signature   BLOB NOT NULL CHECK (length(signature) = 64),    -- the hub's, over all of the row
  PRIMARY KEY (account, version)
) STRICT;

-- One signed-in browser.
CREATE TABLE session (
  id         BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  account    BLOB NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32), -- of the cookie; opens no wrap
  scope_hash BLOB NOT NULL CHECK (length(scope_hash) = 32),        -- of the scope in its URLs
  created_ms INTEGER NOT NULL, -- bounds its whole life
  seen_ms    INTEGER NOT NULL  -- last use, to the hour; bounds its idle life
) STRICT, WITHOUT ROWID;
-- End the other sessions of an account.
CREATE INDEX session_account ON session (account);

-- An account's secret, wrapped by something that the hub does not keep.
CREATE TABLE wrap (
  id         BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  account    BLOB NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  version    INTEGER NOT NULL CHECK (version >= 1), -- of the secret
  kind       TEXT NOT NULL CHECK (kind IN ('password', 'session')),
  session    BLOB UNIQUE REFERENCES session (id) ON DELETE CASCADE, -- null unless kind is session
  salt       BLOB NOT NULL CHECK (length(salt) = 16),
  memory_kib INTEGER, -- Argon2id parameters; null unless kind is password
  passes     INTEGER,
  lanes      INTEGER,
  sealed     BLOB NOT NULL CHECK (length(sealed) = 48),
  created_ms INTEGER NOT NULL,
  CHECK ((kind = 'session') = (session IS NOT NULL)),
  CHECK ((kind = 'password') = (memory_kib IS NOT NULL AND passes IS NOT NULL AND lanes IS NOT NULL))
) STRICT, WITHOUT ROWID;
-- One password per account; also finds it at sign-in.
CREATE UNIQUE INDEX wrap_password ON wrap (account) WHERE kind = 'password';

-- One device, of one owner.
CREATE TABLE camera (
  id         BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  owner      BLOB NOT NULL REFERENCES account (id), -- must be the owner in its newest epoch record
  name       TEXT NOT NULL,
  access     BLOB NOT NULL,    -- address, credentials, pin; sealed under the hub sealing key
  added_ms   INTEGER NOT NULL,
  removed_ms INTEGER           -- null while in use; then: files still to be erased
) STRICT;
-- The cameras of an owner.
CREATE INDEX camera_owner ON camera (owner);

-- What an owner lets another account do with a camera. The owner has no row.
CREATE TABLE grants (
  camera          BLOB NOT NULL REFERENCES camera (id) ON DELETE CASCADE,
  account         BLOB NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  actions         INTEGER NOT NULL CHECK (actions > 0), -- bits, from 1: live, audio, history, export, talk, ptz, notify, star, delete, manage, guest links
  history_from_ms INTEGER NOT NULL, -- what started before is not shared; 0 is all
  expires_ms      INTEGER,          -- null is never
  granted_ms      INTEGER NOT NULL,
  PRIMARY KEY (camera, account)
) STRICT, WITHOUT ROWID;
-- The cameras shared with an account.
CREATE INDEX grants_account ON grants (account);
-- Grants that ran out.
CREATE INDEX grants_expires ON grants (expires_ms) WHERE expires_ms IS NOT NULL;

-- A period of a camera's keys. The record is the truth: it is signed, and the
-- other columns only find it.
CREATE TABLE epoch (
  camera    BLOB NOT NULL REFERENCES camera (id) ON DELETE CASCADE,
  ordinal   INTEGER NOT NULL CHECK (ordinal >= 1), -- orders; names nothing
  live_kid  BLOB NOT NULL UNIQUE CHECK (length(live_kid) = 16),
  store_kid BLOB NOT NULL UNIQUE CHECK (length(store_kid) = 16),
  record    BLOB NOT NULL, -- signed by owner and hub, or by the hub alone
  since_ms  INTEGER NOT NULL,
  PRIMARY KEY (camera, ordinal)
) STRICT;

-- A private half of an epoch key pair, sealed to one account. Which store wraps
-- an account has is which history it has.
CREATE TABLE epoch_wrap (
  kid     BLOB NOT NULL CHECK (length(kid) = 16),
  account BLOB NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  version INTEGER NOT NULL CHECK (version >= 1), -- of the account's secret
  camera  BLOB NOT NULL REFERENCES camera (id) ON DELETE CASCADE,
  part    TEXT NOT NULL CHECK (part IN ('live', 'store')),
  sealed  BLOB NOT NULL CHECK (length(sealed) = 1168),
  PRIMARY KEY (kid, account)
) STRICT;
-- Take away all wraps of an account for a camera; list them for a grant of all history.
CREATE INDEX epoch_wrap_camera ON epoch_wrap (camera, account);

-- A key that seals event texts, of one camera, day, epoch and run of the hub.
CREATE TABLE index_key (
  id         BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  camera     BLOB NOT NULL REFERENCES camera (id) ON DELETE CASCADE,
  kid        BLOB NOT NULL CHECK (length(kid) = 16), -- the store key it is sealed to
  sealed     BLOB NOT NULL CHECK (length(sealed) = 1168),
  created_ms INTEGER NOT NULL
) STRICT;

-- One sealed clip file. No foreign key: recording must not fail for one.
CREATE TABLE clip (
  id          BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  camera      BLOB NOT NULL CHECK (length(camera) = 16),
  event       BLOB NOT NULL CHECK (length(event) = 16), -- the event it records
  part        INTEGER NOT NULL CHECK (part >= 0),       -- its place among that event's clips
  kid         BLOB NOT NULL CHECK (length(kid) = 16),   -- the store key its key is sealed to
  start_ns    INTEGER NOT NULL,                         -- wall clock of its first picture
  duration_ns INTEGER NOT NULL CHECK (duration_ns >= 0), -- media time; 0 while open
  bytes       INTEGER NOT NULL CHECK (bytes >= 0),       -- size of the file; last known while open
  state       TEXT NOT NULL CHECK (state IN ('open', 'complete', 'cut', 'recovered', 'damaged', 'removing')),
  thumbnail   INTEGER NOT NULL CHECK (thumbnail IN (0, 1)) -- it has a picture record
) STRICT;
-- Retention: oldest first over all cameras.
CREATE INDEX clip_start ON clip (start_ns, id);
-- A camera's clips by time; its number of clips and bytes without reading rows.
CREATE INDEX clip_camera ON clip (camera, start_ns, id, state, bytes);
-- The clips of an event.
CREATE INDEX clip_event ON clip (event, part);
-- What a crash left to be done.
CREATE INDEX clip_unfinished ON clip (state) WHERE state IN ('open', 'removing');

-- Something a camera or the hub noticed. No foreign key, as for clip.
CREATE TABLE event (
  id        BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  camera    BLOB NOT NULL CHECK (length(camera) = 16),
  kind      TEXT NOT NULL CHECK (kind IN ('motion', 'sound', 'camera', 'doorbell', 'tamper', 'trigger')),
  start_ns  INTEGER NOT NULL,
  end_ns    INTEGER, -- null while it goes on
  kid       BLOB CHECK (length(kid) = 16),       -- the store key of its index key; null without text
  index_key BLOB CHECK (length(index_key) = 16), -- null without text
  text      BLOB, -- class and topic, sealed under the index key; null without text
  CHECK ((text IS NULL) = (index_key IS NULL) AND (text IS NULL) = (kid IS NULL))
) STRICT;
-- A page of a camera's events, newest first.
CREATE INDEX event_camera ON event (camera, start_ns DESC, id DESC);
