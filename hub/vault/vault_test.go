package vault

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"lares/cameras/clock"
	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/hub/store"
	"lares/recorder"
)

var _ recorder.Keys = (*Vault)(nil)

var t0 = time.Date(2026, 3, 1, 18, 3, 12, 0, time.UTC)

func discard() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

// rig is a vault on real files.
type rig struct {
	t         *testing.T
	dir, pool string
	clock     *clock.Manual
	store     *store.Store
	vault     *Vault
	away      error    // why the pool is not there
	copies    []string // of the keyring
	cheap     bool     // passwords cost next to nothing
}

func newRig(t *testing.T) *rig {
	t.Helper()
	return newRigOf(t, true)
}

// newCostlyRig is a rig whose passwords cost what they cost a hub.
func newCostlyRig(t *testing.T) *rig {
	t.Helper()
	return newRigOf(t, false)
}

func newRigOf(t *testing.T, cheap bool) *rig {
	t.Helper()
	r := &rig{t: t, dir: t.TempDir(), clock: clock.NewManual(t0), cheap: cheap}
	r.pool = filepath.Join(r.dir, "media")
	if err := r.open(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.close)
	return r
}

func (r *rig) db() string { return filepath.Join(r.dir, "lares.db") }

// open is the start of a hub, as hub/app does it.
func (r *rig) open() (err error) {
	r.store, err = store.Open(r.t.Context(), store.Options{Path: r.db(), Create: func() error { return Fresh([]string{r.pool}) }})
	if err != nil {
		return err
	}
	r.vault, err = Open(r.t.Context(), Config{Dir: r.dir, Pools: []string{r.pool}, RingCopies: r.copies, Away: r.away, CheapPasswords: r.cheap, Store: r.store, Clock: r.clock, Log: discard()})
	return err
}

func (r *rig) close() {
	if r.vault != nil {
		r.vault.Close()
	}
	if r.store != nil {
		r.store.Close()
	}
	r.vault, r.store = nil, nil
}

func (r *rig) update(f func(ctx context.Context, tx *store.Tx) error) error {
	return r.store.Update(r.t.Context(), func(tx *store.Tx) error { return f(r.t.Context(), tx) })
}

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// person is an account with a login session.
type person struct {
	*OpenedAccount
	name  string
	proof Proof
}

func password(name string) string { return "the password of " + name }

func (r *rig) account(name string) person {
	r.t.Helper()
	n, err := r.vault.NewAccount(r.t.Context(), store.Account{Name: name, NameKey: name}, password(name))
	r.must(err)
	s := n.Opened.NewSession(r.clock.Now())
	r.must(r.update(func(ctx context.Context, tx *store.Tx) error {
		return errors.Join(r.vault.AddAccount(ctx, tx, n, false), tx.AddSession(ctx, s.Session), tx.AddWrap(ctx, s.Wrap))
	}))
	return person{n.Opened, name, NewProof(n.Opened.ID(), s.Session.ID, s.Token)}
}

func (r *rig) camera(owner person) store.Camera {
	r.t.Helper()
	c := store.Camera{ID: media.NewCameraID(), Owner: owner.ID(), Name: "door", Added: r.clock.Now()}
	c.Access = r.vault.SealAccess(c.ID, c.Owner, []byte("rtsp://camera"))
	r.must(r.update(func(ctx context.Context, tx *store.Tx) error {
		return errors.Join(tx.AddCamera(ctx, c), r.vault.NewEpoch(ctx, tx, c, Change{Owner: owner.OpenedAccount}))
	}))
	return c
}

func (r *rig) epoch(c store.Camera, change Change) error {
	return r.update(func(ctx context.Context, tx *store.Tx) error { return r.vault.NewEpoch(ctx, tx, c, change) })
}

// sql changes the database behind the hub's back.
func (r *rig) sql(statement string, args ...any) {
	r.t.Helper()
	db, err := sql.Open("sqlite", "file:"+r.db()+"?_pragma=busy_timeout(5000)")
	r.must(err)
	defer db.Close()
	if n, err := db.Exec(statement, args...); err != nil {
		r.t.Fatal(err)
	} else if rows, _ := n.RowsAffected(); rows == 0 {
		r.t.Fatalf("%q changed nothing", statement)
	}
}

func (r *rig) refused() (n uint64) {
	for _, c := range r.vault.Refusals().Snapshot() {
		n += c
	}
	return n
}

// crossed checks that f is refused as a crossed wire, and counted.
func (r *rig) crossed(what string, f func() error) {
	r.t.Helper()
	before := r.refused()
	if err := f(); !errors.Is(err, seal.ErrCrossed) {
		r.t.Errorf("%s: %v, not refused as crossed", what, err)
	}
	if r.refused() == before {
		r.t.Errorf("%s: not counted", what)
	}
}

func (r *rig) kids(c store.Camera) (live, stored media.KeyID) {
	e, err := r.store.NewestEpoch(r.t.Context(), c.ID)
	r.must(err)
	return e.LiveKID, e.StoreKID
}

func TestPasswordOpens(t *testing.T) {
	r := newCostlyRig(t)
	ann, bob := r.account("ann"), r.account("bob")
	a, w, err := r.vault.OpenPassword(t.Context(), ann.ID(), password("ann"))
	if err != nil || !bytes.Equal(a.secret, ann.secret) {
		t.Fatalf("the right password: %v", err)
	}
	if w.MemoryKiB != 32<<10 || w.Passes != 3 || w.Lanes != 1 {
		t.Errorf("it costs %d KiB, %d passes, %d lanes", w.MemoryKiB, w.Passes, w.Lanes)
	}
	for _, wrong := range []string{"", password("bob"), password("ann") + " "} {
		if _, _, err := r.vault.OpenPassword(t.Context(), ann.ID(), wrong); !errors.Is(err, seal.ErrOpen) {
			t.Errorf("password %q: %v", wrong, err)
		}
	}
	if _, _, err := r.vault.OpenPassword(t.Context(), store.NewAccountID(), password("ann")); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("no such account: %v", err)
	}
	now, err := a.NewPassword(t.Context(), "another password")
	r.must(err)
	r.must(r.update(func(ctx context.Context, tx *store.Tx) error { return r.vault.ReplacePassword(ctx, tx, w, now) }))
	if _, _, err := r.vault.OpenPassword(t.Context(), ann.ID(), password("ann")); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("the old password: %v", err)
	}
	if a, _, err = r.vault.OpenPassword(t.Context(), ann.ID(), "another password"); err != nil || !bytes.Equal(a.secret, ann.secret) {
		t.Errorf("the new password: %v", err)
	}
	// Somebody who may write rows moves bob's wrap to ann: it does not open.
	r.sql("DELETE FROM wrap WHERE kind = 'password' AND account = ?", idOf(ann))
	r.sql("UPDATE wrap SET account = ? WHERE kind = 'password' AND account = ?", idOf(ann), idOf(bob))
	if _, _, err := r.vault.OpenPassword(t.Context(), ann.ID(), password("bob")); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("bob's wrap in ann's row: %v", err)
	}
	r.sql("UPDATE wrap SET memory_kib = 8 WHERE kind = 'password'")
	r.crossed("weak parameters", func() error {
		_, _, err := r.vault.OpenPassword(t.Context(), ann.ID(), password("ann"))
		return err
	})
}

func idOf(p person) []byte { id := p.ID(); return id[:] }

func TestUnlock(t *testing.T) {
	r := newRig(t)
	ann, bob := r.account("ann"), r.account("bob")
	a, err := r.vault.Unlock(t.Context(), ann.proof)
	if err != nil || !bytes.Equal(a.secret, ann.secret) || a.ID() != ann.ID() {
		t.Fatalf("ann's session: %v", err)
	}
	mixed := ann.proof
	mixed.session = bob.proof.session
	for what, p := range map[string]Proof{"zero": {}, "bob's session": mixed} {
		if _, err := r.vault.Unlock(t.Context(), p); !errors.Is(err, ErrNoKey) {
			t.Errorf("%s: %v", what, err)
		}
	}
	mixed = ann.proof
	mixed.token = bob.proof.token
	r.crossed("bob's token for ann's session", func() error { _, err := r.vault.Unlock(t.Context(), mixed); return err })
	// What the database keeps of a token opens nothing: other labels.
	stolen := ann.proof
	token := [32]byte(TokenHash(*ann.proof.token.bytes))
	stolen.token = &secretToken{&token}
	r.crossed("the stored hash as a token", func() error { _, err := r.vault.Unlock(t.Context(), stolen); return err })
	// A wrap that opens, below other public keys.
	r.sql("UPDATE principal SET kem_public = (SELECT kem_public FROM principal WHERE id = ?) WHERE id = ?", idOf(bob), idOf(ann))
	r.crossed("swapped public key", func() error { _, err := r.vault.Unlock(t.Context(), ann.proof); return err })
	p := ann.principal()
	p.KEMPublic = bob.principal().KEMPublic
	r.sql("UPDATE principal SET signature = ? WHERE id = ?", r.vault.Sign(principalLabel, r.vault.principalBytes(p)), idOf(ann))
	r.crossed("swapped public key with the hub's signature", func() error { _, err := r.vault.Unlock(t.Context(), ann.proof); return err })
}

func TestEpochKeys(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann, bob, eve := r.account("ann"), r.account("bob"), r.account("eve")
	cam, other := r.camera(ann), r.camera(eve)
	live, stored := r.kids(cam)

	run, key, err := r.vault.NewRun(ctx, cam.ID)
	r.must(err)
	if opened, err := ann.RunKey(ctx, run); err != nil || opened.Bytes() != key.Bytes() {
		t.Errorf("the owner's run key: %v", err)
	}
	public, kid, err := r.vault.StoreKey(ctx, cam.ID)
	if err != nil || kid != stored {
		t.Fatalf("store key %v, %v", kid, err)
	}
	clip := media.NewClipID()
	clipKey, sealed, err := seal.NewClipKey(public, seal.ClipBinding(r.vault.Hub(), cam.ID, kid, clip))
	r.must(err)
	if got, err := ann.ClipKey(ctx, cam.ID, clip, kid, sealed); err != nil || got != clipKey {
		t.Errorf("the owner's clip key: %v", err)
	}
	r.crossed("another clip's key", func() error {
		_, err := ann.ClipKey(ctx, cam.ID, media.NewClipID(), kid, sealed)
		return err
	})

	// Bob gets live alone: he holds no store wrap, so no clip opens whatever
	// lock 1 says. Then history from now, then all of it.
	r.must(r.epoch(cam, Change{Owner: ann.OpenedAccount, Add: &Member{Principal: bob.ID()}}))
	live2, stored2 := r.kids(cam)
	r.must(r.epoch(cam, Change{Owner: ann.OpenedAccount, Add: &Member{Principal: bob.ID(), Store: true}}))
	live3, stored3 := r.kids(cam)
	type cell struct {
		who  person
		part seal.Part
		kid  media.KeyID
		ok   bool
	}
	check := func(when string, cells []cell) {
		t.Helper()
		for i, c := range cells {
			_, err := c.who.EpochKey(ctx, cam.ID, c.part, c.kid)
			if c.ok && err != nil || !c.ok && !errors.Is(err, ErrNoKey) {
				t.Errorf("%s, cell %d (%s): %v", when, i, c.who.name, err)
			}
		}
	}
	check("from now", []cell{
		{ann, seal.Live, live, true}, {ann, seal.Store, stored, true}, {ann, seal.Store, stored3, true},
		{bob, seal.Live, live, false}, {bob, seal.Store, stored, false},
		{bob, seal.Live, live2, true}, {bob, seal.Store, stored2, false},
		{bob, seal.Live, live3, true}, {bob, seal.Store, stored3, true},
		{eve, seal.Live, live3, false}, {eve, seal.Store, stored3, false},
	})
	r.must(r.update(func(ctx context.Context, tx *store.Tx) error {
		return errors.Join(tx.RemoveEpochWraps(ctx, cam.ID, bob.ID()), r.vault.ShareHistory(ctx, tx, ann.OpenedAccount, cam, bob.ID(), time.Time{}, nil),
			r.vault.NewEpoch(ctx, tx, cam, Change{Owner: ann.OpenedAccount, Add: &Member{Principal: bob.ID(), Store: true}}))
	}))
	live4, stored4 := r.kids(cam)
	check("all", []cell{
		{bob, seal.Live, live, false}, {bob, seal.Store, stored, true}, {bob, seal.Store, stored2, true},
		{bob, seal.Store, stored4, true}, {bob, seal.Live, live4, true}, {eve, seal.Store, stored, false},
	})
	// Revoked with the owner absent: the hub signs alone.
	r.must(r.update(func(ctx context.Context, tx *store.Tx) error {
		return errors.Join(tx.RemoveEpochWraps(ctx, cam.ID, bob.ID()),
			r.vault.NewEpoch(ctx, tx, cam, Change{Keep: func(id store.AccountID) bool { return false }}))
	}))
	live5, stored5 := r.kids(cam)
	check("revoked", []cell{
		{bob, seal.Store, stored, false}, {bob, seal.Live, live4, false}, {bob, seal.Live, live5, false}, {bob, seal.Store, stored5, false},
		{ann, seal.Live, live5, true}, {ann, seal.Store, stored5, true}, {ann, seal.Store, stored, true},
	})
	if ids, err := r.vault.Members(ctx, cam.ID); err != nil || len(ids) != 1 || ids[0] != ann.ID() {
		t.Errorf("members after the revoke: %v, %v", ids, err)
	}
	r.crossed("another camera's key", func() error { _, err := ann.EpochKey(ctx, other.ID, seal.Store, stored); return err })
	r.crossed("the other part", func() error { _, err := ann.EpochKey(ctx, cam.ID, seal.Live, stored); return err })
	r.crossed("a foreign owner", func() error { return r.epoch(cam, Change{Owner: eve.OpenedAccount}) })
	r.crossed("the hub alone adds", func() error { return r.epoch(cam, Change{Add: &Member{Principal: eve.ID()}}) })
}

func TestEventTexts(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann, bob := r.account("ann"), r.account("bob")
	cam, other := r.camera(ann), r.camera(bob)
	ev, later := media.NewEventID(), media.NewEventID()
	text := []byte(`{"class":"person"}`)
	s1, err := sealNewest(ctx, r.vault, cam.ID, ev, t0, text)
	r.must(err)
	s2, err := sealNewest(ctx, r.vault, cam.ID, later, t0.Add(time.Hour), text)
	r.must(err)
	if s1.Index != s2.Index {
		t.Error("two index keys for one day")
	}
	s3, err := sealNewest(ctx, r.vault, cam.ID, later, t0.Add(24*time.Hour), text)
	r.must(err)
	r.must(r.epoch(cam, Change{Owner: ann.OpenedAccount}))
	s4, err := sealNewest(ctx, r.vault, cam.ID, later, t0.Add(24*time.Hour), text)
	r.must(err)
	if s3.Index == s1.Index || s4.Index == s3.Index || s4.KID == s3.KID {
		t.Error("an index key outlived its day or epoch")
	}
	o, err := ann.Page().Index(ctx, cam.ID, s1.KID, s1.Index)
	r.must(err)
	if got, err := o.Open(cam.ID, ev, s1.Sealed); err != nil || !bytes.Equal(got, text) {
		t.Errorf("opened %q, %v", got, err)
	}
	r.crossed("another event's text", func() error { _, err := o.Open(cam.ID, later, s1.Sealed); return err })
	r.crossed("another camera's index", func() error { _, err := ann.Page().Index(ctx, other.ID, s1.KID, s1.Index); return err })
	if _, err := bob.Page().Index(ctx, cam.ID, s1.KID, s1.Index); !errors.Is(err, ErrNoKey) {
		t.Errorf("somebody without a key: %v", err)
	}
	if _, err := ann.Page().Index(ctx, cam.ID, s1.KID, store.NewIndexID()); !errors.Is(err, ErrNoKey) {
		t.Errorf("no such index key: %v", err)
	}
}

// TestProofDoesNotPrint: a caller ends in a log line one day.
func TestProofDoesNotPrint(t *testing.T) {
	token := [32]byte(bytes.Repeat([]byte{0xab}, 32))
	p := NewProof(store.NewAccountID(), store.NewSessionID(), token)
	for _, format := range []string{"%v", "%+v", "%#v", "%x", "%s", "%d"} {
		s := strings.ToLower(fmt.Sprintf(format, struct{ P Proof }{p}))
		if strings.Contains(s, "abab") || strings.Contains(s, "171 171") || strings.Contains(s, "0xab, 0xab") {
			t.Errorf("%s prints the token: %s", format, s)
		}
	}
}

// sealNewest seals an event's text for the camera's newest epoch.
func sealNewest(ctx context.Context, v *Vault, id media.CameraID, ev media.EventID, at time.Time, text []byte) (recorder.SealedText, error) {
	key, kid, err := v.StoreKey(ctx, id)
	if err != nil {
		return recorder.SealedText{}, err
	}
	return v.SealEvent(ctx, id, ev, at, recorder.StoreKey{Key: key, KID: kid}, text)
}
