package vault

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"slices"
	"testing"
	"time"

	"lares/cameras/clock"
	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/hub/store"
)

// update writes testdata/vectors.json anew: only for a format that has not
// shipped.
var update = flag.Bool("update", false, "write testdata/vectors.json")

// run is bytes first, first+1, …: the inputs of the vectors.
func run(first, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(first + i)
	}
	return b
}

// vectors are inputs and outputs that another implementation must reproduce.
// All byte strings are hexadecimal.
type vectors struct {
	HubID           string `json:"hub_id"`
	HubSeed         string `json:"hub_identity_seed"`
	HubSealingKey   string `json:"hub_sealing_key"`
	HubKeyFile      string `json:"hub_key_file"`
	Pepper          string `json:"pepper"`
	Account         string `json:"account_id"`
	Secret          string `json:"account_secret"`
	Version         uint32 `json:"account_version"`
	KEMFingerprint  string `json:"account_kem_public_sha256"`
	SignPublic      string `json:"account_sign_public"`
	Fingerprint     string `json:"account_fingerprint"`
	AccountSig      string `json:"account_signature"`
	Password        string `json:"password"`
	WrapID          string `json:"wrap_id"`
	Salt            string `json:"wrap_salt"`
	PasswordWrap    string `json:"password_wrap"`
	Token           string `json:"session_token"`
	TokenHash       string `json:"session_token_hash"`
	Scope           string `json:"session_scope"`
	ScopeHash       string `json:"session_scope_hash"`
	SessionWrap     string `json:"session_wrap"`
	Camera          string `json:"camera_id"`
	LiveSeed        string `json:"epoch_live_seed"`
	StoreSeed       string `json:"epoch_store_seed"`
	LiveKID         string `json:"epoch_live_kid"`
	StoreKID        string `json:"epoch_store_kid"`
	RecordSHA256    string `json:"epoch_record_sha256"`
	RecordOwnerSig  string `json:"epoch_record_owner_signature"`
	RecordHubSig    string `json:"epoch_record_hub_signature"`
	EpochKeyBinding string `json:"epoch_key_binding"`
	EpochWrap       string `json:"epoch_key_wrap"` // randomised: it must open, not be equal
	AccessBinding   string `json:"camera_access_binding"`
	KeyringAccount  string `json:"keyring_password_record"`
}

func vectorVault() *Vault {
	return &Vault{
		key:     hubKey{hub: media.HubID(run(0x10, 16)), identity: ed25519.NewKeyFromSeed(run(0x20, 32)), sealing: run(0x40, 32)},
		hashing: make(chan struct{}, hashesAtOnce), cfg: Config{Clock: clock.NewManual(t0), Log: discard()},
	}
}

func vectorAccount(t testing.TB, v *Vault) *OpenedAccount {
	a, err := v.opened(v.key.hub, store.AccountID(run(0x60, 16)), 1, run(0x70, 32))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func vectorKeys(t testing.TB) (live, stored seal.PrivateKey) {
	live, err1 := seal.ParsePrivateKey(run(0xa0, 32))
	stored, err2 := seal.ParsePrivateKey(run(0xc0, 32))
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	return live, stored
}

func vectorRecord(t testing.TB, v *Vault) *record {
	a := vectorAccount(t, v)
	camera := media.CameraID(run(0x90, 16))
	live, stored := vectorKeys(t)
	return &record{
		hub: v.key.hub, camera: camera, ordinal: 1, live: live.Public(), store: stored.Public(),
		liveKID: seal.KID(camera, seal.Live, live.Public()), storeKID: seal.KID(camera, seal.Store, stored.Public()),
		owner: a.id, ownerVersion: 1, since: time.UnixMilli(1_772_388_192_345).UTC(),
		principals: []principal{{id: a.id, version: 1, fingerprint: v.fingerprint(a.principal()), parts: hasLive | hasStore}},
	}
}

func makeVectors(t *testing.T) vectors {
	v := vectorVault()
	a := vectorAccount(t, v)
	p := a.principal()
	x := hex.EncodeToString
	token := [32]byte(run(0x80, 32))
	password := store.Wrap{ID: store.WrapID(run(1, 16)), Account: a.id, Version: 1, Kind: store.WrapPassword, Salt: run(2, 16),
		MemoryKiB: argonMemoryKiB, Passes: argonPasses, Lanes: argonLanes}
	secret, err := v.passwordSecret(t.Context(), v.key.hub, password, "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	password.Sealed = seal.Wrap(secret, password.Salt, wrapBinding(v.key.hub, password), a.secret)
	session := store.Wrap{ID: password.ID, Account: a.id, Version: 1, Kind: store.WrapSession, Salt: password.Salt}
	session.Sealed = seal.Wrap(sessionSecret(token), session.Salt, wrapBinding(v.key.hub, session), a.secret)
	r := vectorRecord(t, v)
	record := r.sign(v, a)
	live, _ := vectorKeys(t)
	wraps, err := wrapEpochKey(nil, r.hub, r.camera, seal.Live, live, p)
	if err != nil {
		t.Fatal(err)
	}
	kem, fingerprint, sum, scope := a.kem.Public().Fingerprint(), v.fingerprint(p), recordHash(record), Scope(token)
	return vectors{
		HubID: x(v.key.hub[:]), HubSeed: x(v.key.identity.Seed()), HubSealingKey: x(v.key.sealing), HubKeyFile: x(v.key.bytes()), Pepper: x(v.key.pepper()),
		Account: x(a.id[:]), Secret: x(a.secret), Version: 1, KEMFingerprint: x(kem[:]), SignPublic: x(p.SignPublic), Fingerprint: x(fingerprint[:]), AccountSig: x(p.Signature),
		Password: "correct horse", WrapID: x(password.ID[:]), Salt: x(password.Salt), PasswordWrap: x(password.Sealed),
		Token: x(token[:]), TokenHash: x(TokenHash(token)), Scope: x(scope[:]), ScopeHash: x(ScopeHash(scope)), SessionWrap: x(session.Sealed),
		Camera: x(r.camera[:]), LiveSeed: x(run(0xa0, 32)), StoreSeed: x(run(0xc0, 32)), LiveKID: x(r.liveKID[:]), StoreKID: x(r.storeKID[:]),
		RecordSHA256: x(sum[:]), RecordOwnerSig: x(r.ownerSig), RecordHubSig: x(r.hubSig),
		EpochKeyBinding: x(epochBinding(v.key.hub, wraps[0], a.kem.Public())), EpochWrap: x(wraps[0].Sealed),
		AccessBinding: x(accessBinding(v.key.hub, r.camera, a.id)), KeyringAccount: x(passwordEntry(password).append(nil)),
	}
}

// readVectors reads the vectors of a file; with -update it writes got there first.
func readVectors(t *testing.T, path string, got any) []byte {
	t.Helper()
	if *update {
		b, err := json.MarshalIndent(got, "", "\t")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, append(b, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestVectors(t *testing.T) {
	got := makeVectors(t)
	b := readVectors(t, "testdata/vectors.json", got)
	var want vectors
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&want); err != nil {
		t.Fatal(err)
	}
	v := vectorVault()
	a := vectorAccount(t, v)
	binding, err1 := hex.DecodeString(want.EpochKeyBinding)
	sealed, err2 := hex.DecodeString(want.EpochWrap)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	if seed, err := a.kem.OpenKey(binding, sealed); err != nil || !slices.Equal(seed, run(0xa0, 32)) {
		t.Errorf("the epoch key does not open: %v", err)
	}
	got.EpochWrap = want.EpochWrap
	if got != want {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
}
