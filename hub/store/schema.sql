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
  name  TEXT NOT NULL PRIMARY KEY, -- 'hub': the id of the hub this database belongs to; see setting.go for the others
  value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- One person.
CREATE TABLE account (
  id         BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  name       TEXT NOT NULL,            -- as the person wrote it
  name_key   TEXT NOT NULL UNIQUE,     -- folded name: 'Ann' and 'ann' are one person
  operator   INTEGER NOT NULL CHECK (operator IN (0, 1)), -- runs the hub; sees no more for it
  version    INTEGER NOT NULL CHECK (version >= 1),       -- of its secret; newest row of principal
  created_ms INTEGER NOT NULL,
  recovery_ms    INTEGER,                      -- when the person confirmed to have kept the recovery code; null until then
  recovery_wrong INTEGER NOT NULL DEFAULT 0 CHECK (recovery_wrong >= 0), -- wrong recovery codes since the last right one
  removed_ms     INTEGER                       -- null while in use; then: nothing of it but cameras still to be erased
) STRICT, WITHOUT ROWID;

-- The public keys of everyone who can hold a camera's keys: of an account's
-- secret, one row per version of it (old ones stay, because old epoch records
-- are signed with them), and of an API token.
CREATE TABLE principal (
  id          BLOB NOT NULL CHECK (length(id) = 16),          -- of the account or the token
  version     INTEGER NOT NULL CHECK (version >= 1),          -- 1 for a token
  kind        TEXT NOT NULL CHECK (kind IN ('account', 'token')),
  hub         BLOB NOT NULL CHECK (length(hub) = 16),         -- the hub it was made under: a restored hub has another name
  kem_public  BLOB NOT NULL CHECK (length(kem_public) = 1216), -- epoch keys are sealed to it
  sign_public BLOB CHECK (length(sign_public) = 32),          -- signs epoch records; null for a token
  handover    BLOB CHECK (length(handover) = 64),             -- the version before signed this one; null for the first, and after a recovery on the console
  signature   BLOB NOT NULL CHECK (length(signature) = 64),   -- the hub's, over all of the row
  PRIMARY KEY (id, version),
  CHECK ((kind = 'token') = (sign_public IS NULL))
) STRICT;

-- One signed-in browser.
CREATE TABLE session (
  id         BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  account    BLOB NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32), -- of the cookie; opens no wrap
  scope_hash BLOB NOT NULL CHECK (length(scope_hash) = 32),        -- of the scope in its URLs
  created_ms INTEGER NOT NULL, -- bounds its whole life
  seen_ms    INTEGER NOT NULL, -- last use, roughly; bounds its idle life
  proved_ms  INTEGER NOT NULL DEFAULT 0, -- when the password was given last: what matters most needs it fresh
  device     TEXT NOT NULL DEFAULT '',   -- what the browser calls itself, shortened
  place      TEXT NOT NULL DEFAULT ''    -- the address it was used from last
) STRICT, WITHOUT ROWID;
-- End the other sessions of an account.
CREATE INDEX session_account ON session (account);

-- An account's secret, wrapped by something that the hub does not keep.
CREATE TABLE wrap (
  id         BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  account    BLOB NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  version    INTEGER NOT NULL CHECK (version >= 1), -- of the secret
  kind       TEXT NOT NULL CHECK (kind IN ('password', 'session', 'recovery')),
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
-- One recovery code per account.
CREATE UNIQUE INDEX wrap_recovery ON wrap (account) WHERE kind = 'recovery';

-- The second factor of an account (RFC 6238).
CREATE TABLE totp (
  account      BLOB NOT NULL PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
  version      INTEGER NOT NULL CHECK (version >= 1), -- of the account's secret it is sealed under
  sealed       BLOB NOT NULL, -- the shared secret, sealed under the account's own: it opens after the password only
  last_step    INTEGER NOT NULL DEFAULT 0, -- the newest time step that was used; none works twice
  created_ms   INTEGER NOT NULL,
  confirmed_ms INTEGER        -- null until a first code was right; not asked for before
) STRICT, WITHOUT ROWID;

-- A one-time code with which somebody makes an account.
CREATE TABLE invitation (
  id         BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  code_hash  BLOB NOT NULL UNIQUE CHECK (length(code_hash) = 32),
  name       TEXT NOT NULL DEFAULT '', -- what the operator calls the invited person; a suggestion
  maker      BLOB NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  created_ms INTEGER NOT NULL,
  expires_ms INTEGER NOT NULL,
  used_ms    INTEGER -- null until an account was made with it; -1: it was seen to have run out
) STRICT, WITHOUT ROWID;

-- A program that acts for an account, with keys of its own: a row of principal.
CREATE TABLE token (
  id         BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  account    BLOB NOT NULL REFERENCES account (id) ON DELETE CASCADE, -- its maker, who owns the cameras
  name       TEXT NOT NULL,
  token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
  scope_hash BLOB NOT NULL CHECK (length(scope_hash) = 32),
  created_ms INTEGER NOT NULL,
  expires_ms INTEGER, -- null is never
  used_ms    INTEGER, -- last use, roughly; null before the first
  away       INTEGER NOT NULL DEFAULT 0 CHECK (away IN (0, 1)) -- it may say whether its maker is away
) STRICT, WITHOUT ROWID;
-- The tokens of an account.
CREATE INDEX token_account ON token (account);
-- Tokens that ran out.
CREATE INDEX token_expires ON token (expires_ms) WHERE expires_ms IS NOT NULL;

-- One device, of one owner.
CREATE TABLE camera (
  id         BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  owner      BLOB NOT NULL REFERENCES account (id), -- must be the owner in its newest epoch record
  name       TEXT NOT NULL,
  access     BLOB NOT NULL,    -- address, credentials, pin; sealed under the hub sealing key
  added_ms   INTEGER NOT NULL,
  removed_ms INTEGER,          -- null while in use; then: files still to be erased
  retired_ms INTEGER,          -- null while in use; then: it was handed over, and its recordings stay with this owner
  pin_hash   BLOB CHECK (length(pin_hash) = 32) -- keyed hash of what identifies the device; null before it was first met
) STRICT;
-- The cameras that are one device: all of one owner.
CREATE INDEX camera_pin ON camera (pin_hash) WHERE removed_ms IS NULL AND retired_ms IS NULL;
CREATE TRIGGER camera_pin_added BEFORE INSERT ON camera
WHEN EXISTS (SELECT 1 FROM camera c WHERE c.pin_hash = NEW.pin_hash AND c.owner <> NEW.owner AND c.removed_ms IS NULL AND c.retired_ms IS NULL)
BEGIN SELECT RAISE(ABORT, 'the device is a camera of another owner'); END;
CREATE TRIGGER camera_pin_changed BEFORE UPDATE OF owner, pin_hash, removed_ms, retired_ms ON camera
WHEN NEW.removed_ms IS NULL AND NEW.retired_ms IS NULL AND EXISTS (SELECT 1 FROM camera c WHERE c.pin_hash = NEW.pin_hash AND c.owner <> NEW.owner AND c.id <> NEW.id AND c.removed_ms IS NULL AND c.retired_ms IS NULL)
BEGIN SELECT RAISE(ABORT, 'the device is a camera of another owner'); END;
-- The cameras of an owner.
CREATE INDEX camera_owner ON camera (owner);

-- When a camera is to be off the air. No row: never.
CREATE TABLE privacy (
  camera  BLOB NOT NULL PRIMARY KEY REFERENCES camera (id) ON DELETE CASCADE,
  off     INTEGER NOT NULL CHECK (off IN (0, 1)), -- until somebody says otherwise
  skip_ms INTEGER, -- until then the times are passed over; null is not at all
  windows TEXT NOT NULL -- JSON: [{"Days": [0 to 6, 0 is Sunday], "From": minutes after midnight, "To": likewise}]
) STRICT, WITHOUT ROWID;

-- What of that which moves before a camera counts. No row: all of it.
CREATE TABLE motion (
  camera BLOB NOT NULL PRIMARY KEY REFERENCES camera (id) ON DELETE CASCADE,
  sealed BLOB NOT NULL CHECK (length(sealed) <= 65536) -- JSON, under the hub sealing key: names of zones are the owner's words
) STRICT, WITHOUT ROWID;

-- What is listened for at a camera. No row: nothing.
CREATE TABLE sound (
  camera BLOB NOT NULL PRIMARY KEY REFERENCES camera (id) ON DELETE CASCADE,
  sealed BLOB NOT NULL CHECK (length(sealed) <= 4096) -- JSON, under the hub sealing key
) STRICT, WITHOUT ROWID;

-- When what is seen or heard at a camera begins an event. No row: always.
CREATE TABLE event_rule (
  camera  BLOB NOT NULL PRIMARY KEY REFERENCES camera (id) ON DELETE CASCADE,
  rule    TEXT NOT NULL CHECK (rule IN ('always', 'away', 'weekly')), -- away: while its owner is, and in the windows
  windows TEXT NOT NULL -- JSON, as in privacy
) STRICT, WITHOUT ROWID;

-- What of a camera is recorded. No row: events, without sound.
CREATE TABLE recording_plan (
  camera  BLOB NOT NULL PRIMARY KEY REFERENCES camera (id) ON DELETE CASCADE,
  mode    TEXT NOT NULL CHECK (mode IN ('events', 'continuous', 'both', 'off')), -- in none of the windows
  windows TEXT NOT NULL, -- JSON, as in privacy, each with its mode
  sound   INTEGER NOT NULL CHECK (sound IN (0, 1)), -- recorded with the pictures
  rolls   TEXT NOT NULL, -- JSON: by the kind of event, '' for the others, how much is recorded before and after, in ns
  streams TEXT NOT NULL DEFAULT 'main' CHECK (streams IN ('main', 'sub', 'both')) -- which; both: the sub stream beside the main one, all the time
) STRICT, WITHOUT ROWID;

-- Who is away. No row: at home.
CREATE TABLE away (
  account  BLOB NOT NULL PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
  since_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

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

-- The addresses at which exports are downloaded, for a day: what each is of, no key and no right.
-- A download that broke off goes on behind a restart.
CREATE TABLE export (
  id_hash  BLOB NOT NULL PRIMARY KEY CHECK (length(id_hash) = 32), -- of the address, which is kept like a secret
  session  BLOB REFERENCES session (id) ON DELETE CASCADE, -- the login session that made it; null if a token did
  token    BLOB REFERENCES token (id) ON DELETE CASCADE,   -- likewise
  camera   BLOB NOT NULL REFERENCES camera (id) ON DELETE CASCADE,
  from_ns  INTEGER NOT NULL,
  to_ns    INTEGER NOT NULL, -- not included
  speed    INTEGER NOT NULL CHECK (speed >= 0), -- of a time-lapse; 0 is a video
  until_ms INTEGER NOT NULL, -- when the address ends
  CHECK ((session IS NULL) <> (token IS NULL))
) STRICT, WITHOUT ROWID;
-- Those of a login session, and of a token: of too many the oldest goes.
CREATE INDEX export_session ON export (session, until_ms);
CREATE INDEX export_token ON export (token, until_ms);
-- Those that end with a camera.
CREATE INDEX export_camera ON export (camera);
-- Those that ran out, and of too many the oldest.
CREATE INDEX export_until ON export (until_ms);

-- Of which cameras their owner was told that something of them is missing, and not yet that it
-- is back.
CREATE TABLE missing (
  camera   BLOB NOT NULL REFERENCES camera (id) ON DELETE CASCADE,
  what     TEXT NOT NULL CHECK (what IN ('pictures', 'recording')), -- it brings none; it is to be recorded, and is not
  since_ms INTEGER NOT NULL, -- when that was first so
  PRIMARY KEY (camera, what)
) STRICT, WITHOUT ROWID;

-- What an owner lets another account do with a camera. The owner has no row.
CREATE TABLE grants (
  camera          BLOB NOT NULL REFERENCES camera (id) ON DELETE CASCADE,
  account         BLOB NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  actions         INTEGER NOT NULL CHECK (actions > 0), -- bits, from 1: live, audio, history, export, talk, ptz, notify, star, delete, manage, guest links
  history_from_ms INTEGER NOT NULL, -- what started before is not shared; 0 is all
  expires_ms      INTEGER,          -- null is never
  granted_ms      INTEGER NOT NULL,
  unconfirmed     INTEGER NOT NULL DEFAULT 0 CHECK (unconfirmed IN (0, 1)), -- the account has new keys, which the owner has not confirmed
  PRIMARY KEY (camera, account)
) STRICT, WITHOUT ROWID;
-- The cameras shared with an account.
CREATE INDEX grants_account ON grants (account);
-- Grants that ran out.
CREATE INDEX grants_expires ON grants (expires_ms) WHERE expires_ms IS NOT NULL;

-- What a token may do with a camera of its maker.
CREATE TABLE token_camera (
  token           BLOB NOT NULL REFERENCES token (id) ON DELETE CASCADE,
  camera          BLOB NOT NULL REFERENCES camera (id) ON DELETE CASCADE,
  actions         INTEGER NOT NULL CHECK (actions > 0), -- as in grants
  history_from_ms INTEGER NOT NULL,                     -- as in grants
  PRIMARY KEY (token, camera)
) STRICT, WITHOUT ROWID;
-- The tokens of a camera.
CREATE INDEX token_camera_camera ON token_camera (camera);

-- A camera offered to another account. With its acceptance it becomes a camera
-- with a new id; this row outlives the account that offered it.
CREATE TABLE transfer (
  id         BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  camera     BLOB NOT NULL CHECK (length(camera) = 16),      -- its id with the old owner
  owner      BLOB NOT NULL CHECK (length(owner) = 16),       -- the old owner
  owner_name TEXT NOT NULL,
  taker      BLOB NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  name       TEXT NOT NULL,
  access     BLOB NOT NULL, -- how to reach it, sealed under the hub sealing key and bound to this row
  erase      INTEGER NOT NULL CHECK (erase IN (0, 1)), -- the old recordings are erased, not kept by the old owner
  created_ms INTEGER NOT NULL,
  expires_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- One offer of a camera at a time.
CREATE UNIQUE INDEX transfer_camera ON transfer (camera);

-- One clip, shown to whoever has the link.
CREATE TABLE guest_link (
  id          BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  account     BLOB NOT NULL REFERENCES account (id) ON DELETE CASCADE, -- its maker; it dies with the maker's grant
  camera      BLOB NOT NULL REFERENCES camera (id) ON DELETE CASCADE,
  clip        BLOB NOT NULL CHECK (length(clip) = 16),
  label       TEXT NOT NULL DEFAULT '', -- the maker's own note
  secret_hash BLOB NOT NULL UNIQUE CHECK (length(secret_hash) = 32), -- of the secret in the fragment
  salt        BLOB NOT NULL CHECK (length(salt) = 16),
  sealed      BLOB NOT NULL CHECK (length(sealed) = 48), -- the clip key, wrapped by that secret
  views       INTEGER NOT NULL CHECK (views >= 1),
  views_left  INTEGER NOT NULL CHECK (views_left >= 0),
  created_ms  INTEGER NOT NULL,
  expires_ms  INTEGER NOT NULL,
  revoked_ms  INTEGER
) STRICT, WITHOUT ROWID;
-- The links of an account.
CREATE INDEX guest_link_account ON guest_link (account);

-- One browser that came by a guest link.
CREATE TABLE guest (
  id         BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  link       BLOB NOT NULL REFERENCES guest_link (id) ON DELETE CASCADE,
  token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
  scope_hash BLOB NOT NULL CHECK (length(scope_hash) = 32),
  salt       BLOB NOT NULL CHECK (length(salt) = 16),
  sealed     BLOB NOT NULL CHECK (length(sealed) = 48), -- the clip key, wrapped by the cookie
  created_ms INTEGER NOT NULL,
  expires_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

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

-- A private half of an epoch key pair, sealed to one principal. Which store
-- wraps an account or token has is which history it has.
CREATE TABLE epoch_wrap (
  kid       BLOB NOT NULL CHECK (length(kid) = 16),
  principal BLOB NOT NULL CHECK (length(principal) = 16),
  version   INTEGER NOT NULL CHECK (version >= 1), -- of the principal
  camera    BLOB NOT NULL REFERENCES camera (id) ON DELETE CASCADE,
  part      TEXT NOT NULL CHECK (part IN ('live', 'store')),
  sealed    BLOB NOT NULL CHECK (length(sealed) = 1168),
  PRIMARY KEY (kid, principal)
) STRICT;
-- Take away all wraps of a principal for a camera; list them for a grant of all history.
CREATE INDEX epoch_wrap_camera ON epoch_wrap (camera, principal);
-- All wraps of a principal: when its keys change.
CREATE INDEX epoch_wrap_principal ON epoch_wrap (principal);

-- A key that seals event texts, of one camera, day, epoch and run of the hub.
CREATE TABLE index_key (
  id         BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  camera     BLOB NOT NULL REFERENCES camera (id) ON DELETE CASCADE,
  kid        BLOB NOT NULL CHECK (length(kid) = 16), -- the store key it is sealed to
  sealed     BLOB NOT NULL CHECK (length(sealed) = 1168),
  created_ms INTEGER NOT NULL
) STRICT;

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

-- One sealed clip file. No foreign key: recording must not fail for one.
CREATE TABLE clip (
  id          BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  camera      BLOB NOT NULL CHECK (length(camera) = 16),
  event       BLOB NOT NULL CHECK (length(event) = 16), -- the event it records; of a stretch an id of its own, no event's
  part        INTEGER NOT NULL CHECK (part >= 0),       -- its place among that event's clips
  kid         BLOB NOT NULL CHECK (length(kid) = 16),   -- the store key its key is sealed to
  start_ns    INTEGER NOT NULL,                         -- wall clock of its first picture
  duration_ns INTEGER NOT NULL CHECK (duration_ns >= 0), -- media time; 0 while open
  bytes       INTEGER NOT NULL CHECK (bytes >= 0),       -- size of the file; last known while open, 0 where it is lost
  state       TEXT NOT NULL CHECK (state IN ('open', 'complete', 'cut', 'recovered', 'damaged', 'removing')),
  thumbnail   INTEGER NOT NULL CHECK (thumbnail IN (0, 1)), -- it has a picture, of whichever size
  preview     INTEGER NOT NULL DEFAULT 0 CHECK (preview IN (0, 1)), -- it has small pictures of all of it
  stretch     INTEGER NOT NULL DEFAULT 0 CHECK (stretch IN (0, 1)), -- it was recorded while no event went on
  pool        INTEGER NOT NULL DEFAULT 0 CHECK (pool >= 0),         -- the pool that its file lies in
  beside      INTEGER NOT NULL DEFAULT 0 CHECK (beside IN (0, 1))   -- it is the sub stream, recorded beside the main one
) STRICT;
-- Retention: oldest first over all cameras.
CREATE INDEX clip_start ON clip (start_ns, id);
-- A camera's clips by time; its number of clips and bytes without reading rows.
CREATE INDEX clip_camera ON clip (camera, start_ns, id, state, bytes);
-- Those beside the main stream, by time.
CREATE INDEX clip_beside ON clip (camera, start_ns) WHERE beside = 1;
-- The clips of an event.
CREATE INDEX clip_event ON clip (event, part);
-- What a crash left to be done.
CREATE INDEX clip_unfinished ON clip (state) WHERE state IN ('open', 'removing');

-- A span in which nothing of a camera could be recorded although all was to be, or every event.
-- No foreign key, as for clip.
CREATE TABLE gap (
  camera  BLOB NOT NULL CHECK (length(camera) = 16),
  from_ns INTEGER NOT NULL, -- wall clock of the end of what was recorded before, or could have been
  to_ns   INTEGER CHECK (to_ns >= from_ns), -- of the first picture behind; null while it goes on
  cause   TEXT NOT NULL CHECK (cause IN ('camera', 'disk', 'overload', 'privacy', 'hub', 'other')),
  event   BLOB CHECK (length(event) = 16), -- the event that it began in, where events alone are recorded; else null
  count   INTEGER NOT NULL CHECK (count >= 1), -- of so many that followed each other too fast for a row each
  PRIMARY KEY (camera, from_ns)
) STRICT, WITHOUT ROWID;
-- Those that go on: what a start has to end.
CREATE INDEX gap_open ON gap (camera) WHERE to_ns IS NULL;

-- Something a camera or the hub noticed. No foreign key, as for clip.
CREATE TABLE event (
  id        BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  camera    BLOB NOT NULL CHECK (length(camera) = 16),
  kind      TEXT NOT NULL CHECK (kind IN ('motion', 'sound', 'camera', 'doorbell', 'tamper', 'trigger')), -- sound while nothing else was noticed
  start_ns  INTEGER NOT NULL,
  end_ns    INTEGER, -- null while it goes on
  kid       BLOB CHECK (length(kid) = 16),       -- the store key of its index key; null without text
  index_key BLOB CHECK (length(index_key) = 16), -- null without text
  text      BLOB, -- class, zone, score, labels; sealed under the index key; null without text
  star      INTEGER NOT NULL DEFAULT 0 CHECK (star IN (0, 1)), -- somebody wants it kept
  picture   BLOB CHECK (length(picture) = 16), -- the clip whose picture shows most; null where it is the first one's
  CHECK ((text IS NULL) = (index_key IS NULL) AND (text IS NULL) = (kid IS NULL))
) STRICT;
-- A page of a camera's events, newest first.
CREATE INDEX event_camera ON event (camera, start_ns DESC, id DESC);
-- The same of one kind.
CREATE INDEX event_kind ON event (camera, kind, start_ns DESC, id DESC);
-- The same of those that somebody wants kept.
CREATE INDEX event_star ON event (camera, start_ns DESC, id DESC) WHERE star = 1;

-- What happened, for those it concerns. Append-only and chained: hub/journal
-- says how a row's hash is made, and signs the newest in a file of its own.
CREATE TABLE journal (
  seq      INTEGER PRIMARY KEY,  -- from 1, without a gap
  at_ms    INTEGER NOT NULL,
  kind     TEXT NOT NULL,
  account  BLOB CHECK (length(account) = 16), -- who did it; null for a guest, the console and the hub itself
  via      TEXT NOT NULL CHECK (via IN ('session', 'token', 'guest', 'console', 'hub')),
  session  BLOB CHECK (length(session) = 16), -- of that session, token or guest
  camera   BLOB CHECK (length(camera) = 16),
  owner    BLOB CHECK (length(owner) = 16),   -- of the camera, then
  object   BLOB CHECK (length(object) = 16),  -- clip, link, token, session or transfer
  other    BLOB CHECK (length(other) = 16),   -- the other account it is about
  count    INTEGER NOT NULL DEFAULT 0,        -- of what was seen or tried
  bytes    INTEGER NOT NULL DEFAULT 0,        -- delivered
  span_ms  INTEGER NOT NULL DEFAULT 0,        -- how long it went on
  place    TEXT NOT NULL DEFAULT '',          -- remote address
  detail   TEXT NOT NULL DEFAULT '',          -- JSON object; no names of cameras or people
  hash     BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
-- What happened with the cameras of an owner.
CREATE INDEX journal_owner ON journal (owner, seq) WHERE owner IS NOT NULL;
-- What happened with a camera.
CREATE INDEX journal_camera ON journal (camera, seq) WHERE camera IS NOT NULL;
-- What an account did.
CREATE INDEX journal_account ON journal (account, seq) WHERE account IS NOT NULL;
-- What was done to an account.
CREATE INDEX journal_other ON journal (other, seq) WHERE other IS NOT NULL;
-- What concerns those who run the hub.
CREATE INDEX journal_hub ON journal (seq) WHERE kind IN ('account-made', 'account-removed', 'invited', 'operator', 'quota', 'refused', 'sign-in-refused', 'lockdown', 'lifted', 'backup', 'restored', 'repaired', 'rolled-back', 'confirmed-rollback', 'pruned', 'resigned', 'lost', 'incident');
-- What stood at a time: hub/journal begins there, not at the first row.
CREATE INDEX journal_standing ON journal (seq) WHERE kind = 'standing';

-- Rows of the journal that wait to be chained, each written in the transaction of
-- what it tells of: neither is there without the other. hub/journal moves all of
-- them at once; a crash before leaves them to the next start. Columns are those of
-- journal, but for two.
CREATE TABLE journal_due (
  seq      INTEGER PRIMARY KEY,  -- their order; the journal gives them another number
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
  hash     BLOB NOT NULL CHECK (length(hash) = 32) -- keyed; of the row, seq and the newest row of journal
) STRICT;

-- Something an account has to be told on its page.
CREATE TABLE notice (
  id      BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  account BLOB NOT NULL REFERENCES account (id) ON DELETE CASCADE, -- whom to tell
  at_ms   INTEGER NOT NULL,
  kind    TEXT NOT NULL,
  camera  BLOB CHECK (length(camera) = 16),
  detail  TEXT NOT NULL DEFAULT '', -- JSON object
  read_ms INTEGER
) STRICT, WITHOUT ROWID;
-- The notices of an account.
CREATE INDEX notice_account ON notice (account, at_ms);

-- Doors that are closed until somebody lifts it. An all-zero account is the
-- whole hub.
CREATE TABLE lockdown (
  account  BLOB NOT NULL PRIMARY KEY CHECK (length(account) = 16),
  maker    BLOB NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  session  BLOB NOT NULL CHECK (length(session) = 16), -- the one that goes on
  since_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What this hub was called before it was restored from a backup; its clips stay.
CREATE TABLE former_hub (
  hub      BLOB NOT NULL PRIMARY KEY CHECK (length(hub) = 16),
  public   BLOB NOT NULL CHECK (length(public) = 32), -- its identity
  until_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- How long recordings of a camera stay, and how much of them, by the kind of their event. No
-- row: as long as there is room.
CREATE TABLE retention (
  camera         BLOB NOT NULL REFERENCES camera (id) ON DELETE CASCADE,
  kind           TEXT NOT NULL CHECK (length(kind) <= 16), -- '' is all together; its days are those of kinds that have none
  days           INTEGER NOT NULL CHECK (days >= 0),       -- what began longer ago goes; 0: nothing does, of a kind: as of all
  at_least       INTEGER NOT NULL CHECK (at_least >= 0),   -- so many days it stays while anything else may go; 0 likewise
  bytes          INTEGER NOT NULL CHECK (bytes >= 0),      -- they may take together; 0 is no limit
  at_least_bytes INTEGER NOT NULL CHECK (at_least_bytes >= 0), -- so much of the newest stays while anything else may go; 0: nothing does
  PRIMARY KEY (camera, kind)
) STRICT, WITHOUT ROWID;

-- How much the recordings of an account's cameras may take together. No row: no limit.
CREATE TABLE quota (
  account BLOB NOT NULL PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
  bytes   INTEGER NOT NULL CHECK (bytes > 0)
) STRICT, WITHOUT ROWID;

-- What the events and clips of a camera come to, by the quarter of an hour in which each began: for
-- views of so long a time that their rows are too many to read. The triggers below keep it,
-- each change of an event or a clip with it. No row: nothing.
CREATE TABLE activity (
  camera          BLOB NOT NULL CHECK (length(camera) = 16),
  cell            INTEGER NOT NULL, -- Unix time in quarters of an hour
  motion_events   INTEGER NOT NULL, -- how many of each kind
  sound_events    INTEGER NOT NULL,
  camera_events   INTEGER NOT NULL,
  doorbell_events INTEGER NOT NULL,
  tamper_events   INTEGER NOT NULL,
  trigger_events  INTEGER NOT NULL,
  busy_ns         INTEGER NOT NULL, -- how long they went on, but those of kind sound
  sound_busy_ns   INTEGER NOT NULL, -- those
  clips_ns        INTEGER NOT NULL, -- how much of events is recorded, but of those of kind sound
  sound_clips_ns  INTEGER NOT NULL, -- of those
  stretches_ns    INTEGER NOT NULL, -- how much between events
  beside_ns       INTEGER NOT NULL DEFAULT 0, -- how much of the sub stream beside the main one
  damaged_ns      INTEGER NOT NULL DEFAULT 0, -- how long clips are that are damaged or gone and in no other sum, but of events of kind sound
  sound_damaged_ns INTEGER NOT NULL DEFAULT 0, -- of those
  PRIMARY KEY (camera, cell)
) STRICT, WITHOUT ROWID;
-- One more (times is 1) or less (-1) of what began at a time: an event, by its kind, or a clip: of
-- an event, of one of kind sound, a stretch, or one beside, or one that is damaged. It is only ever inserted into.
CREATE VIEW activity_change (camera, start_ns, what, times, ns) AS SELECT camera, 0, '', 0, 0 FROM activity WHERE 0;
CREATE TRIGGER activity_changed INSTEAD OF INSERT ON activity_change BEGIN
  INSERT INTO activity VALUES (NEW.camera, NEW.start_ns / 900000000000,
    NEW.times * (NEW.what = 'motion'),
    NEW.times * (NEW.what = 'sound'),
    NEW.times * (NEW.what = 'camera'),
    NEW.times * (NEW.what = 'doorbell'),
    NEW.times * (NEW.what = 'tamper'),
    NEW.times * (NEW.what = 'trigger'),
    NEW.times * NEW.ns * (NEW.what IN ('motion', 'camera', 'doorbell', 'tamper', 'trigger')), NEW.times * NEW.ns * (NEW.what = 'sound'),
    NEW.times * NEW.ns * (NEW.what = 'clip'), NEW.times * NEW.ns * (NEW.what = 'sound clip'), NEW.times * NEW.ns * (NEW.what = 'stretch'), NEW.times * NEW.ns * (NEW.what = 'beside'),
    NEW.times * NEW.ns * (NEW.what = 'damaged'), NEW.times * NEW.ns * (NEW.what = 'sound damaged'))
  ON CONFLICT (camera, cell) DO UPDATE SET
    motion_events = motion_events + excluded.motion_events,
    sound_events = sound_events + excluded.sound_events,
    camera_events = camera_events + excluded.camera_events,
    doorbell_events = doorbell_events + excluded.doorbell_events,
    tamper_events = tamper_events + excluded.tamper_events,
    trigger_events = trigger_events + excluded.trigger_events,
    busy_ns = busy_ns + excluded.busy_ns,
    sound_busy_ns = sound_busy_ns + excluded.sound_busy_ns,
    clips_ns = clips_ns + excluded.clips_ns,
    sound_clips_ns = sound_clips_ns + excluded.sound_clips_ns,
    stretches_ns = stretches_ns + excluded.stretches_ns,
    beside_ns = beside_ns + excluded.beside_ns,
    damaged_ns = damaged_ns + excluded.damaged_ns,
    sound_damaged_ns = sound_damaged_ns + excluded.sound_damaged_ns;
  DELETE FROM activity WHERE NEW.times < 0 AND camera = NEW.camera AND cell = NEW.start_ns / 900000000000
  AND motion_events = 0 AND sound_events = 0 AND camera_events = 0 AND doorbell_events = 0 AND tamper_events = 0 AND trigger_events = 0
  AND clips_ns = 0 AND sound_clips_ns = 0 AND stretches_ns = 0 AND beside_ns = 0 AND damaged_ns = 0 AND sound_damaged_ns = 0;
END;
-- The clips of an event are those of one of kind sound (times is 1), or are no more (-1).
CREATE VIEW activity_heard (event, times) AS SELECT camera, 0 FROM activity WHERE 0;
CREATE TRIGGER activity_was_heard INSTEAD OF INSERT ON activity_heard BEGIN
  INSERT INTO activity_change SELECT camera, start_ns, iif(state = 'damaged', 'sound damaged', 'sound clip'), NEW.times, duration_ns FROM clip
  WHERE event = NEW.event AND stretch = 0 AND state NOT IN ('open', 'removing');
  INSERT INTO activity_change SELECT camera, start_ns, iif(state = 'damaged', 'damaged', 'clip'), -NEW.times, duration_ns FROM clip
  WHERE event = NEW.event AND stretch = 0 AND state NOT IN ('open', 'removing');
END;
CREATE TRIGGER activity_event_added AFTER INSERT ON event BEGIN
  INSERT INTO activity_change VALUES (NEW.camera, NEW.start_ns, NEW.kind, 1, max(coalesce(NEW.end_ns - NEW.start_ns, 0), 0));
  INSERT INTO activity_heard SELECT NEW.id, 1 WHERE NEW.kind = 'sound';
END;
CREATE TRIGGER activity_event_changed AFTER UPDATE OF camera, kind, start_ns, end_ns ON event
WHEN OLD.camera <> NEW.camera OR OLD.kind <> NEW.kind OR OLD.start_ns <> NEW.start_ns OR OLD.end_ns IS NOT NEW.end_ns BEGIN
  INSERT INTO activity_change VALUES (NEW.camera, NEW.start_ns, NEW.kind, 1, max(coalesce(NEW.end_ns - NEW.start_ns, 0), 0));
  INSERT INTO activity_change VALUES (OLD.camera, OLD.start_ns, OLD.kind, -1, max(coalesce(OLD.end_ns - OLD.start_ns, 0), 0));
  INSERT INTO activity_heard SELECT NEW.id, iif(NEW.kind = 'sound', 1, -1) WHERE (NEW.kind = 'sound') <> (OLD.kind = 'sound');
END;
CREATE TRIGGER activity_event_gone AFTER DELETE ON event BEGIN
  INSERT INTO activity_change VALUES (OLD.camera, OLD.start_ns, OLD.kind, -1, max(coalesce(OLD.end_ns - OLD.start_ns, 0), 0));
  INSERT INTO activity_heard SELECT OLD.id, -1 WHERE OLD.kind = 'sound';
END;
CREATE TRIGGER activity_clip_added AFTER INSERT ON clip WHEN NEW.state NOT IN ('open', 'removing') BEGIN
  INSERT INTO activity_change VALUES (NEW.camera, NEW.start_ns, iif(NOT NEW.stretch AND EXISTS (SELECT 1 FROM event e WHERE e.id = NEW.event AND e.kind = 'sound'), 'sound ', '') || iif(NEW.state = 'damaged', 'damaged', iif(NEW.beside, 'beside', iif(NEW.stretch, 'stretch', 'clip'))), 1, NEW.duration_ns);
END;
CREATE TRIGGER activity_clip_changed AFTER UPDATE OF camera, event, start_ns, duration_ns, state, stretch, beside ON clip
WHEN OLD.camera <> NEW.camera OR OLD.event <> NEW.event OR OLD.start_ns <> NEW.start_ns OR OLD.duration_ns <> NEW.duration_ns
  OR OLD.state <> NEW.state OR OLD.stretch <> NEW.stretch OR OLD.beside <> NEW.beside BEGIN
  INSERT INTO activity_change SELECT NEW.camera, NEW.start_ns, iif(NOT NEW.stretch AND EXISTS (SELECT 1 FROM event e WHERE e.id = NEW.event AND e.kind = 'sound'), 'sound ', '') || iif(NEW.state = 'damaged', 'damaged', iif(NEW.beside, 'beside', iif(NEW.stretch, 'stretch', 'clip'))), 1, NEW.duration_ns WHERE NEW.state NOT IN ('open', 'removing');
  INSERT INTO activity_change SELECT OLD.camera, OLD.start_ns, iif(NOT OLD.stretch AND EXISTS (SELECT 1 FROM event e WHERE e.id = OLD.event AND e.kind = 'sound'), 'sound ', '') || iif(OLD.state = 'damaged', 'damaged', iif(OLD.beside, 'beside', iif(OLD.stretch, 'stretch', 'clip'))), -1, OLD.duration_ns WHERE OLD.state NOT IN ('open', 'removing');
END;
CREATE TRIGGER activity_clip_gone AFTER DELETE ON clip WHEN OLD.state NOT IN ('open', 'removing') BEGIN
  INSERT INTO activity_change VALUES (OLD.camera, OLD.start_ns, iif(NOT OLD.stretch AND EXISTS (SELECT 1 FROM event e WHERE e.id = OLD.event AND e.kind = 'sound'), 'sound ', '') || iif(OLD.state = 'damaged', 'damaged', iif(OLD.beside, 'beside', iif(OLD.stretch, 'stretch', 'clip'))), -1, OLD.duration_ns);
END;
