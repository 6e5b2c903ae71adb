package vault

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/hub/store"
	"lares/recorder"
	"lares/recorder/sealed"
)

// share makes bob a member of a camera with all its history, and revoke takes
// it back as hub/gate does.
func (r *rig) share(cam store.Camera, owner, with person) {
	r.t.Helper()
	r.must(r.update(func(ctx context.Context, tx *store.Tx) error {
		return errors.Join(
			tx.PutGrant(ctx, store.Grant{Camera: cam.ID, Account: with.ID(), Actions: 5, Granted: r.clock.Now()}),
			r.vault.ShareHistory(ctx, tx, owner.OpenedAccount, cam, with.ID(), time.Time{}, nil),
			r.vault.NewEpoch(ctx, tx, cam, Change{Owner: owner.OpenedAccount, Add: &Member{Principal: with.ID(), Store: true}}))
	}))
}

func (r *rig) revoke(cam store.Camera, who person) {
	r.t.Helper()
	r.must(r.update(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.RemoveGrant(ctx, cam.ID, who.ID())
		return errors.Join(err, tx.RemoveEpochWraps(ctx, cam.ID, who.ID()),
			r.vault.NewEpoch(ctx, tx, cam, Change{Keep: func(id store.PrincipalID) bool { return id != who.ID() }}))
	}))
}

// copyDB takes a copy of the database; putBack puts it in its place.
func (r *rig) copyDB() string {
	r.t.Helper()
	path := filepath.Join(r.t.TempDir(), "copy.db")
	r.must(r.store.Copy(r.t.Context(), path))
	return path
}

func (r *rig) putBack(copied string) {
	r.t.Helper()
	r.must(r.tryBack(copied))
}

func (r *rig) tryBack(copied string) error {
	r.t.Helper()
	r.close()
	b, err := os.ReadFile(copied)
	r.must(err)
	for _, end := range []string{"-wal", "-shm"} {
		os.Remove(r.db() + end)
	}
	r.must(os.WriteFile(r.db(), b, 0o600))
	return r.open()
}

func (r *rig) rolledBack() bool {
	r.t.Helper()
	back, err := r.vault.RolledBack(r.t.Context())
	r.must(err)
	return back
}

func (r *rig) grants(cam store.Camera) int {
	g, err := r.store.Grants(r.t.Context(), cam.ID)
	r.must(err)
	return len(g)
}

func (r *rig) wraps(cam store.Camera, who person) int {
	w, err := r.store.EpochWraps(r.t.Context(), cam.ID, who.ID())
	r.must(err)
	return len(w)
}

// signIn opens an account by its password.
func (r *rig) signIn(who person, password string) (*OpenedAccount, error) {
	a, _, err := r.vault.OpenPassword(r.t.Context(), who.ID(), password)
	return a, err
}

// TestRolledBackDatabase: last week's database over this week's keys. Who was
// revoked since stays out, a password that was changed stays changed, nothing
// stored opens before it is confirmed, and then everything of the owner does.
func TestRolledBackDatabase(t *testing.T) {
	r := newRig(t)
	ann, bob := r.account("ann"), r.account("bob")
	cam := r.camera(ann)
	r.share(cam, ann, bob)
	_, old := r.kids(cam)
	week := r.copyDB()

	r.revoke(cam, bob)
	wrap, err := r.store.PasswordWrap(t.Context(), ann.ID())
	r.must(err)
	changed, err := ann.NewPassword(t.Context(), "a new password")
	r.must(err)
	r.must(r.update(func(ctx context.Context, tx *store.Tx) error { return r.vault.ReplacePassword(ctx, tx, wrap, changed) }))
	r.must(r.epoch(cam, Change{Owner: ann.OpenedAccount}))
	_, now := r.kids(cam)
	carl := r.account("carl") // who came after the copy
	r.putBack(week)

	if !r.rolledBack() {
		t.Error("an old database is not noticed")
	}
	if r.grants(cam) != 0 || r.wraps(cam, bob) != 0 {
		t.Errorf("the revoked has %d grants and %d keys again", r.grants(cam), r.wraps(cam, bob))
	}
	if _, err := r.vault.Unlock(t.Context(), ann.proof); !errors.Is(err, ErrNoKey) {
		t.Errorf("a session of the old database: %v", err)
	}
	if _, err := r.signIn(ann, password("ann")); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("the old password: %v", err)
	}
	if _, err := r.signIn(carl, password("carl")); err != nil {
		t.Errorf("an account made since: %v", err)
	}
	a, err := r.signIn(ann, "a new password")
	r.must(err)
	for _, kid := range []media.KeyID{old, now} {
		if _, err := a.EpochKey(t.Context(), cam.ID, seal.Store, kid); !errors.Is(err, ErrRolledBack) {
			t.Errorf("before it is confirmed: %v", err)
		}
	}
	live, kid := r.kids(cam)
	if kid != now {
		t.Error("the newest epoch was not taken over")
	}
	if _, err := a.EpochKey(t.Context(), cam.ID, seal.Live, live); err != nil {
		t.Errorf("live: %v", err)
	}
	r.close()
	r.must(r.open())
	if !r.rolledBack() {
		t.Error("a restart confirms")
	}

	r.must(r.epoch(cam, Change{}))
	r.must(r.vault.Confirmed(t.Context()))
	if a, err = r.signIn(ann, "a new password"); err != nil {
		t.Fatal(err)
	}
	for _, kid := range []media.KeyID{old, now} {
		if _, err := a.EpochKey(t.Context(), cam.ID, seal.Store, kid); err != nil {
			t.Errorf("after it is confirmed: %v", err)
		}
	}
	r.close()
	r.must(r.open())
	if r.rolledBack() || r.refused() != 0 {
		t.Errorf("rolled back %v, %d refused after all is well", r.rolledBack(), r.refused())
	}
}

// TestCrashBeforeCommit: what a crash leaves between keyring and commit is
// taken over: a revocation holds, and nobody has to confirm anything.
func TestCrashBeforeCommit(t *testing.T) {
	r := newRig(t)
	ann, bob := r.account("ann"), r.account("bob")
	cam := r.camera(ann)
	r.share(cam, ann, bob)
	before := r.copyDB()
	r.revoke(cam, bob)
	_, kid := r.kids(cam)
	r.putBack(before)
	if r.rolledBack() || r.grants(cam) != 0 || r.wraps(cam, bob) != 0 {
		t.Errorf("rolled back %v, %d grants, %d keys", r.rolledBack(), r.grants(cam), r.wraps(cam, bob))
	}
	if err := r.epoch(cam, Change{Owner: ann.OpenedAccount}); err != nil {
		t.Error(err)
	}
	if a, err := r.vault.Unlock(t.Context(), ann.proof); err != nil {
		t.Errorf("a crash ends sessions: %v", err)
	} else if _, now := r.kids(cam); true {
		if _, err := a.EpochKey(t.Context(), cam.ID, seal.Store, now); err != nil {
			t.Error(err)
		}
	}
	// With a clip under that key it was no crash.
	r.putBack(before)
	r.must(r.vault.Sighted(t.Context(), sealed.Header{Camera: cam.ID, KID: kid, Clip: media.NewClipID()}))
	if !r.rolledBack() {
		t.Error("a clip under a key that the database did not have")
	}
}

// TestLostRows: epochs that were deleted from a database which knew them.
func TestLostRows(t *testing.T) {
	r := newRig(t)
	ann := r.account("ann")
	cam := r.camera(ann)
	for range 3 {
		r.must(r.epoch(cam, Change{Owner: ann.OpenedAccount}))
	}
	_, kid := r.kids(cam)
	r.sql("DELETE FROM epoch WHERE camera = ? AND ordinal >= 3", cam.ID[:])
	r.close()
	r.must(r.open())
	if _, now := r.kids(cam); now != kid || !r.rolledBack() {
		t.Errorf("newest taken over: %v, rolled back: %v", now == kid, r.rolledBack())
	}
}

// TestNoNoteOfKeyring: a database of before it was noted how far the keyring
// reaches is compared record by record.
func TestNoNoteOfKeyring(t *testing.T) {
	r := newRig(t)
	ann, bob := r.account("ann"), r.account("bob")
	cam := r.camera(ann)
	r.share(cam, ann, bob)
	r.sql("DELETE FROM setting WHERE name = ?", store.SettingKeyring)
	old := r.copyDB()
	r.close()
	r.must(r.open())
	if r.rolledBack() || r.grants(cam) != 1 {
		t.Error("a whole database is called old")
	}
	r.revoke(cam, bob)
	r.must(r.epoch(cam, Change{}))
	r.putBack(old)
	if !r.rolledBack() || r.grants(cam) != 0 || r.wraps(cam, bob) != 0 {
		t.Errorf("rolled back %v, %d grants, %d keys", r.rolledBack(), r.grants(cam), r.wraps(cam, bob))
	}
}

// TestOldKeyring: a keyring that lacks what the database has is made whole: with
// it alone, every account and every key is there.
func TestOldKeyring(t *testing.T) {
	r := newRig(t)
	ann := r.account("ann")
	path := filepath.Join(r.pool, KeyringName)
	old, err := os.ReadFile(path)
	r.must(err)
	cam := r.camera(ann)
	bob := r.account("bob")
	r.share(cam, ann, bob)
	r.close()
	r.must(os.WriteFile(path, old, 0o600))
	r.must(r.open())
	b, err := os.ReadFile(path)
	r.must(err)
	for _, who := range []person{ann, bob} {
		ws, err := r.store.EpochWraps(t.Context(), cam.ID, who.ID())
		r.must(err)
		for _, w := range ws {
			if !bytes.Contains(b, w.Sealed) {
				t.Error("an epoch key is not on the keyring")
			}
		}
	}
	if r.rolledBack() || !bytes.HasPrefix(b, old) {
		t.Error("rolled back, or not appended to")
	}
}

// TestSighted: a clip that is sealed to a key of no epoch in the database stops
// what is stored, though the keyring is as old as the database.
func TestSighted(t *testing.T) {
	r := newRig(t)
	ann := r.account("ann")
	cam := r.camera(ann)
	_, kid := r.kids(cam)
	r.must(r.vault.Sighted(t.Context(), sealed.Header{Camera: cam.ID, KID: kid, Clip: media.NewClipID()}))
	if r.rolledBack() {
		t.Error("a clip of an epoch that is known")
	}
	r.must(r.vault.Sighted(t.Context(), sealed.Header{Camera: cam.ID, KID: media.KeyID{9}, Clip: media.NewClipID()}))
	a, err := r.signIn(ann, password("ann"))
	r.must(err)
	if _, err := a.EpochKey(t.Context(), cam.ID, seal.Store, kid); !errors.Is(err, ErrRolledBack) || !r.rolledBack() {
		t.Errorf("a clip of a later epoch: %v", err)
	}
}

// TestSightedLater: clips under a known key that began long after all that the
// database knows show that it was put back; what a crash leaves does not.
func TestSightedLater(t *testing.T) {
	r := newRig(t)
	cam := r.camera(r.account("ann"))
	_, kid := r.kids(cam)
	row := recorder.ClipRow{Clip: media.NewClipID(), Camera: cam.ID, Event: media.NewEventID(), KID: kid, Start: r.clock.Now(), State: recorder.StateOpen}
	r.must(r.store.EventPut(t.Context(), recorder.EventRow{Event: row.Event, Camera: cam.ID, Kind: media.KindMotion, Start: row.Start}))
	r.must(r.store.ClipOpened(t.Context(), row))
	r.restart()
	sight := func(after time.Duration) bool {
		t.Helper()
		r.must(r.vault.Sighted(t.Context(), sealed.Header{Camera: cam.ID, KID: kid, Clip: media.NewClipID(), Start: r.clock.Now().Add(after)}))
		return r.rolledBack()
	}
	if sight(-24*time.Hour) || sight(-time.Hour) {
		t.Error("what earlier crashes left")
	}
	if sight(time.Hour) || sight(time.Hour+crashWindow-time.Second) {
		t.Error("what a crash leaves")
	}
	if !sight(2 * time.Hour) {
		t.Error("an hour of recordings that are not listed")
	}
}

// TestForgedKeyring: records that no hub of this one's signed are passed over.
func TestForgedKeyring(t *testing.T) {
	r := newRig(t)
	ann, bob := r.account("ann"), r.account("bob")
	cam := r.camera(ann)
	e, err := r.store.NewestEpoch(t.Context(), cam.ID)
	r.must(err)
	rec, err := parseRecord(e.Record)
	r.must(err)
	other, err := newHubKey()
	r.must(err)
	forger := &Vault{key: other, cfg: r.vault.cfg}
	rec.ordinal, rec.previous = 2, recordHash(e.Record)
	rec.principals = append(rec.principals, principal{id: bob.ID(), version: 1, parts: hasLive | hasStore})
	b := rec.sign(forger, nil)
	_, err = r.vault.rings[0].append([]entry{{entryEpoch, b}, {entryEpoch, b}})
	r.must(err)
	r.close()
	r.must(r.open())
	if now, err := r.store.NewestEpoch(t.Context(), cam.ID); err != nil || now.Ordinal != 1 {
		t.Errorf("a forged record became epoch %d, %v", now.Ordinal, err)
	}
}

// TestHalfWrittenGroup: a power cut at any record of a transaction's group, and
// inside of one: the database stands as it was, nothing half written is taken
// over, and the owner opens what is recorded next.
func TestHalfWrittenGroup(t *testing.T) {
	r := newRig(t)
	ann, bob := r.account("ann"), r.account("bob")
	cam := r.camera(ann)
	r.share(cam, ann, bob)
	path := filepath.Join(r.pool, KeyringName)
	info, err := os.Stat(path)
	r.must(err)
	_, before := r.kids(cam)
	copied := r.copyDB()
	r.revoke(cam, bob)
	_, after := r.kids(cam)
	whole, err := os.ReadFile(path)
	r.must(err)
	_, entries, _, err := parseRing(whole)
	r.must(err)
	cuts := map[int64]bool{}
	for _, e := range entries {
		for _, more := range []int64{0, 3, 200} {
			if at := e.end + more; at > info.Size() && at < int64(len(whole)) {
				cuts[at] = true
			}
		}
	}
	if len(cuts) < 6 {
		t.Fatalf("only %d places to cut", len(cuts))
	}
	cuts[int64(len(whole))] = true
	for at := range cuts {
		r.close()
		os.Remove(path + tornSuffix)
		r.must(os.WriteFile(path, whole[:at], 0o600))
		r.putBack(copied)
		want, keys := before, 2
		if at == int64(len(whole)) {
			want, keys = after, 0
		}
		_, kid := r.kids(cam)
		if kid != want || r.rolledBack() || (r.wraps(cam, bob) > 0) != (keys > 0) {
			t.Errorf("cut at %d of %d: the newest is as it was: %v, bob has %d keys", at, len(whole), kid == before, r.wraps(cam, bob))
		}
		a, err := r.signIn(ann, password("ann"))
		r.must(err)
		r.must(r.epoch(cam, Change{Owner: a}))
		for _, kid := range []media.KeyID{kid, newestKID(r, cam)} {
			if _, err := a.EpochKey(t.Context(), cam.ID, seal.Store, kid); err != nil {
				t.Errorf("cut at %d of %d: %v", at, len(whole), err)
			}
		}
	}
}

func newestKID(r *rig, cam store.Camera) media.KeyID {
	_, kid := r.kids(cam)
	return kid
}

// TestRolledBackRotation: an account that got other keys since the copy has
// these, and nothing of the old ones is left; one that was removed stays away.
func TestRolledBackRotation(t *testing.T) {
	r := newRig(t)
	ann, bob := r.account("ann"), r.account("bob")
	cam := r.camera(ann)
	_, old := r.kids(cam)
	week := r.copyDB()
	row, err := r.store.Account(t.Context(), ann.ID())
	r.must(err)
	made, err := r.vault.Renew(t.Context(), row, "a newer password")
	r.must(err)
	r.must(r.update(func(ctx context.Context, tx *store.Tx) error {
		_, err := r.vault.PutRenewed(ctx, tx, made)
		return err
	}))
	r.must(r.update(func(ctx context.Context, tx *store.Tx) error {
		r.vault.Removed(tx, bob.ID())
		return tx.RemoveAccount(ctx, bob.ID(), r.clock.Now())
	}))
	r.putBack(week)
	if !r.rolledBack() {
		t.Error("not noticed")
	}
	if _, err := r.signIn(ann, password("ann")); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("the old password: %v", err)
	}
	if _, err := r.signIn(bob, password("bob")); err == nil {
		t.Error("a removed account is back")
	}
	a, err := r.signIn(ann, "a newer password")
	r.must(err)
	r.must(r.vault.Confirmed(t.Context()))
	r.must(r.epoch(cam, Change{Owner: a}))
	_, now := r.kids(cam)
	if _, err := a.EpochKey(t.Context(), cam.ID, seal.Store, now); err != nil {
		t.Errorf("the epoch since it signed in: %v", err)
	}
	if _, err := a.EpochKey(t.Context(), cam.ID, seal.Store, old); !errors.Is(err, ErrNoKey) {
		t.Errorf("an epoch of the lost keys: %v", err)
	}
	if r.refused() != 0 {
		t.Errorf("%d crossings counted", r.refused())
	}
}
