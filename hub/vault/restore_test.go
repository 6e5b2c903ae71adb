package vault

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/hub/store"
	"lares/recorder"
	"lares/recorder/sealed"
)

// saved is what a backup holds of a rig.
type saved struct{ dir string }

func (r *rig) save() saved {
	r.t.Helper()
	s := saved{r.t.TempDir()}
	for from, to := range map[string]string{filepath.Join(r.dir, HubKeyName): HubKeyName, filepath.Join(r.pool, KeyringName): KeyringName} {
		b, err := os.ReadFile(from)
		r.must(err)
		r.must(os.WriteFile(filepath.Join(s.dir, to), b, 0o600))
	}
	r.must(r.store.Copy(r.t.Context(), filepath.Join(s.dir, "lares.db")))
	return s
}

// restore makes a hub of a backup; media is a pool that was kept, or "".
func (s saved) restore(t *testing.T, media string) *rig {
	t.Helper()
	r := newRig(t)
	r.close()
	r.must(os.RemoveAll(r.dir))
	r.must(os.Mkdir(r.dir, 0o700))
	if media != "" {
		r.must(os.CopyFS(r.pool, os.DirFS(media)))
	}
	b, err := os.ReadFile(filepath.Join(s.dir, "lares.db"))
	r.must(err)
	r.must(os.WriteFile(r.db(), b, 0o600))
	db, err := store.Open(t.Context(), store.Options{Path: r.db()})
	r.must(err)
	c := Config{Dir: r.dir, Pools: []string{r.pool}, Store: db, Clock: r.clock, Log: discard()}
	r.must(errors.Join(Restore(t.Context(), c, s.dir, filepath.Join(s.dir, KeyringName)), db.Close()))
	r.must(r.open())
	return r
}

// openClip opens the written clip's record as somebody.
func (l *loot) openAs(r *rig, a *OpenedAccount) error {
	h, sum, err := sealed.ReadHeader(fileOf(l), r.vault.Signers())
	if err != nil {
		return err
	}
	key, err := a.ClipKey(r.t.Context(), h.Camera, h.Clip, h.KID, h.SealedKey)
	if err != nil {
		return err
	}
	plain, err := seal.NewRecords(key, sum).Open(nil, l.head.Seq, l.head.Bytes(), l.record)
	if err == nil && string(plain) != canary {
		err = errors.New("another picture")
	}
	return err
}

func fileOf(l *loot) io.ReaderAt {
	found, err := filepath.Glob(filepath.Join(l.pool, "clips", "*", "*", l.clip.Clip.String()+".lar"))
	if err != nil || len(found) != 1 {
		l.t.Fatal("the clip's file is gone")
	}
	f, err := os.Open(found[0])
	l.must(err)
	l.t.Cleanup(func() { f.Close() })
	return f
}

// TestRestore: a restored hub has another name; old clips and event texts open
// for who could open them, by password, and for nobody else; cameras are
// reachable; sessions are over; new clips are the new hub's.
func TestRestore(t *testing.T) {
	r := newRig(t)
	ann, bob, eve := r.account("ann"), r.account("bob"), r.account("eve")
	cam := r.camera(ann)
	r.share(cam, ann, bob)
	l := &loot{rig: r, ann: ann.ID(), cam: cam.ID, event: media.NewEventID()}
	writeClip(l)
	text, err := sealNewest(t.Context(), r.vault, cam.ID, l.event, t0, []byte("person"))
	r.must(err)
	factor := ann.SealTOTP([]byte("shared secret"))
	r.must(r.update(func(ctx context.Context, tx *store.Tx) error {
		return r.vault.PutRecovery(ctx, tx, ann.NewRecovery("the code of ann"))
	}))
	r.must(r.update(func(ctx context.Context, tx *store.Tx) error {
		return tx.PutMotion(ctx, cam.ID, r.vault.SealMotion(cam.ID, cam.Owner, []byte("the gate")))
	}))
	r.must(r.update(func(ctx context.Context, tx *store.Tx) error {
		return tx.PutSound(ctx, cam.ID, r.vault.SealSound(cam.ID, cam.Owner, []byte("a bang")))
	}))
	r.exit(cam, ann)
	old, oldKIDs := r.vault.Hub(), kidsOf(r)
	backup := r.save()

	var hubs []media.HubID
	kids := map[media.KeyID]bool{}
	for range 2 { // one backup on two hubs
		n := backup.restore(t, "")
		hubs = append(hubs, n.vault.Hub())
		if n.vault.Hub() == old || n.rolledBack() {
			t.Errorf("hub %v, rolled back %v", n.vault.Hub(), n.rolledBack())
		}
		for kid := range kidsOf(n) {
			if !oldKIDs[kid] {
				if kids[kid] {
					t.Error("a key with the same name on two hubs")
				}
				kids[kid] = true
			}
		}
		a, _, err := n.vault.OpenRecovery(t.Context(), ann.ID(), "the code of ann")
		if err != nil {
			t.Fatalf("the recovery code of before: %v", err)
		}
		if secret, err := a.OpenTOTP(factor); err != nil || string(secret) != "shared secret" {
			t.Errorf("the second factor of before: %v", err)
		}
		index, err := a.Page().Index(t.Context(), cam.ID, text.KID, text.Index)
		if err != nil {
			t.Fatalf("the index key of before: %v", err)
		}
		if b, err := index.Open(cam.ID, l.event, text.Sealed); err != nil || string(b) != "person" {
			t.Errorf("an event's text of before: %v", err)
		}
		restored(t, n, l, [3]person{ann, bob, eve}, cam)
	}
	if hubs[0] == hubs[1] || len(kids) != 4 {
		t.Errorf("hubs %v, %d new keys", hubs, len(kids))
	}
}

func kidsOf(r *rig) map[media.KeyID]bool {
	all, err := r.store.AllEpochs(r.t.Context())
	r.must(err)
	kids := map[media.KeyID]bool{}
	for _, e := range all {
		kids[e.LiveKID], kids[e.StoreKID] = true, true
	}
	return kids
}

func restored(t *testing.T, n *rig, l *loot, who [3]person, cam store.Camera) {
	t.Helper()
	if _, err := n.vault.Unlock(t.Context(), who[0].proof); !errors.Is(err, ErrNoKey) {
		t.Errorf("an old session: %v", err)
	}
	for i, p := range who {
		a, err := n.signIn(p, password(p.name))
		if err != nil {
			t.Fatalf("%s: %v", p.name, err)
		}
		if _, err := n.signIn(p, "another password"); !errors.Is(err, seal.ErrOpen) {
			t.Errorf("%s by a wrong password: %v", p.name, err)
		}
		err = l.openAs(n, a)
		if i < 2 && err != nil || i == 2 && !errors.Is(err, ErrNoKey) {
			t.Errorf("the old clip for %s: %v", p.name, err)
		}
		if i > 1 {
			continue
		}
		live, kid := n.kids(cam)
		_, err1 := a.EpochKey(t.Context(), cam.ID, seal.Live, live)
		_, err2 := a.EpochKey(t.Context(), cam.ID, seal.Store, kid)
		if err := errors.Join(err1, err2); err != nil {
			t.Errorf("the new epoch for %s: %v", p.name, err)
		}
	}
	c, err := n.store.Camera(t.Context(), cam.ID)
	n.must(err)
	if access, err := n.vault.OpenAccess(c); err != nil || string(access) != "rtsp://camera" {
		t.Errorf("the camera's access: %q, %v", access, err)
	}
	moves, err := n.store.Motion(t.Context(), cam.ID)
	n.must(err)
	if motion, err := n.vault.OpenMotion(c, moves); err != nil || string(motion) != "the gate" {
		t.Errorf("the camera's motion: %q, %v", motion, err)
	}
	hears, err := n.store.Sound(t.Context(), cam.ID)
	n.must(err)
	if sound, err := n.vault.OpenSound(c, hears); err != nil || string(sound) != "a bang" {
		t.Errorf("the camera's sound: %q, %v", sound, err)
	}
	if exits, err := n.store.Exits(t.Context()); err != nil || len(exits) > 0 {
		t.Errorf("%d exits lead out of a hub that may live elsewhere, %v", len(exits), err)
	}
	// A new password and a new session work as on any hub, through a restart.
	a, w, err := n.vault.OpenPassword(t.Context(), who[0].ID(), password("ann"))
	n.must(err)
	s := a.NewSession(n.clock.Now())
	changed, err := a.NewPassword(t.Context(), "a newer password")
	n.must(err)
	n.must(n.store.Update(t.Context(), func(tx *store.Tx) error {
		return errors.Join(n.vault.ReplacePassword(t.Context(), tx, w, changed), tx.AddSession(t.Context(), s.Session), tx.AddWrap(t.Context(), s.Wrap))
	}))
	n.close()
	n.must(n.open())
	if a, err = n.vault.Unlock(t.Context(), NewProof(who[0].ID(), s.Session.ID, s.Token)); err != nil {
		t.Fatalf("a session on the restored hub: %v", err)
	}
	if err := l.openAs(n, a); err != nil {
		t.Errorf("the old clip by a new session: %v", err)
	}
	n.must(n.epoch(cam, Change{Owner: a}))
	if run, _, err := n.vault.NewRun(t.Context(), cam.ID); err != nil || run.Hub != n.vault.Hub() {
		t.Errorf("a run: %v", err)
	}
	if _, err := n.signIn(who[0], "a newer password"); err != nil {
		t.Errorf("the new password: %v", err)
	}
	// With other keys, now under the new hub's name, everything still opens.
	next, err := n.vault.Next(t.Context(), who[0].ID())
	n.must(err)
	wrap, err := next.NewPassword(t.Context(), "a rotated password")
	n.must(err)
	n.must(n.update(func(ctx context.Context, tx *store.Tx) error {
		return errors.Join(n.vault.Rotate(ctx, tx, a, next), tx.AddWrap(ctx, wrap), n.vault.NewEpoch(ctx, tx, cam, Change{Owner: next}))
	}))
	if a, err = n.signIn(who[0], "a rotated password"); err != nil || a.hub != n.vault.Hub() {
		t.Fatalf("after a rotation: %v", err)
	}
	if err := l.openAs(n, a); err != nil {
		t.Errorf("the old clip with rotated keys: %v", err)
	}
	if n.refused() != 0 {
		t.Errorf("%d crossings counted", n.refused())
	}
}

// TestRestoreOverNewerPool: the pool was kept and is newer than the backup: who
// was revoked since stays out, and nothing stored opens before it is confirmed.
func TestRestoreOverNewerPool(t *testing.T) {
	r := newRig(t)
	ann, bob := r.account("ann"), r.account("bob")
	cam := r.camera(ann)
	r.share(cam, ann, bob)
	backup := r.save()
	r.revoke(cam, bob)
	r.must(r.epoch(cam, Change{Owner: ann.OpenedAccount}))
	_, kid := r.kids(cam)
	n := backup.restore(t, r.pool)
	if !n.rolledBack() || n.grants(cam) != 0 || n.wraps(cam, bob) != 0 {
		t.Errorf("rolled back %v, %d grants, %d keys", n.rolledBack(), n.grants(cam), n.wraps(cam, bob))
	}
	a, err := n.signIn(ann, password("ann"))
	n.must(err)
	if _, err := a.EpochKey(t.Context(), cam.ID, seal.Store, kid); !errors.Is(err, ErrRolledBack) {
		t.Errorf("before it is confirmed: %v", err)
	}
	n.must(n.vault.Confirmed(t.Context()))
	if _, err := a.EpochKey(t.Context(), cam.ID, seal.Store, kid); err != nil {
		t.Errorf("what was recorded after the backup: %v", err)
	}
	// Twice restored, it still opens.
	again := n.save().restore(t, n.pool)
	a, err = again.signIn(ann, password("ann"))
	again.must(err)
	if _, err := a.EpochKey(t.Context(), cam.ID, seal.Store, kid); err != nil || len(again.vault.Signers()) != 3 {
		t.Errorf("restored twice: %v", err)
	}
}

// mediaAfter restores a hub without its recordings, uses it, and then puts the media
// of the hub of before in their place.
func (s saved) mediaAfter(t *testing.T, media string, use func(n *rig)) (n *rig, err error) {
	t.Helper()
	n = s.restore(t, "")
	if use != nil {
		use(n)
	}
	n.close()
	b, err := os.ReadFile(filepath.Join(media, KeyringName))
	n.must(err)
	n.must(os.WriteFile(filepath.Join(n.pool, KeyringName), b, 0o600))
	return n, n.open()
}

// TestMediaAfterRestore: a hub was restored first, and its recordings were put back
// afterwards, with a keyring that is newer than the backup. What was revoked since
// stays so, nothing stored opens before it is confirmed, and then what was recorded
// after the backup does.
func TestMediaAfterRestore(t *testing.T) {
	for name, epochs := range map[string]int{"shorter than the restored one's": 0, "longer": 12} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			ann, bob := r.account("ann"), r.account("bob")
			cam, other := r.camera(ann), r.camera(bob)
			r.share(cam, ann, bob)
			backup := r.save()
			r.revoke(cam, bob)
			for range epochs {
				r.must(r.epoch(cam, Change{Owner: ann.OpenedAccount}))
			}
			_, kid := r.kids(cam)
			n, err := backup.mediaAfter(t, r.pool, nil)
			n.must(err)
			if !n.rolledBack() || n.grants(cam) != 0 || n.wraps(cam, bob) != 0 {
				t.Errorf("rolled back %v, %d grants, %d keys", n.rolledBack(), n.grants(cam), n.wraps(cam, bob))
			}
			a, err := n.signIn(ann, password("ann"))
			n.must(err)
			if _, err := a.EpochKey(t.Context(), cam.ID, seal.Store, kid); !errors.Is(err, ErrRolledBack) {
				t.Errorf("before it is confirmed: %v", err)
			}
			n.must(n.vault.Confirmed(t.Context()))
			for range 2 {
				for _, c := range []store.Camera{cam, other} {
					if run, _, err := n.vault.NewRun(t.Context(), c.ID); err != nil || run.Hub != n.vault.Hub() {
						t.Errorf("a run: %v, by the hub of now: %v", err, run.Hub == n.vault.Hub())
					}
				}
				members, err := n.vault.Members(t.Context(), cam.ID)
				if _, now := n.kids(cam); err != nil || len(members) != 1 || now == kid {
					t.Errorf("members %v, %v; the hub of before has the key of now: %v", members, err, now == kid)
				}
				a, err := n.signIn(ann, password("ann"))
				n.must(err)
				_, now := n.kids(cam)
				want(t, "the owner", n.opensAll(a, cam, kid, now), true, true)
				n.restart()
			}
			if n.rolledBack() || n.refused() != 0 {
				t.Errorf("after another start: rolled back %v, %d crossings", n.rolledBack(), n.refused())
			}
		})
	}
}

// TestMediaAfterUse: the restored hub was in use before the recordings came. The two
// keyrings cannot be joined: it does not start, says what to do, and touches nothing;
// and a restore with the media in their place does what is right.
func TestMediaAfterUse(t *testing.T) {
	for name, use := range map[string]func(n *rig, cam store.Camera){
		"an account": func(n *rig, _ store.Camera) { n.account("carl") },
		"a recording": func(n *rig, cam store.Camera) {
			_, kid := n.kids(cam)
			n.must(n.update(func(ctx context.Context, tx *store.Tx) error {
				return tx.AddFoundClips(ctx, []recorder.ClipRow{{Clip: media.NewClipID(), Camera: cam.ID, Event: media.NewEventID(), KID: kid, Start: t0, State: recorder.StateComplete}})
			}))
		},
		"a text": func(n *rig, cam store.Camera) {
			_, err := sealNewest(n.t.Context(), n.vault, cam.ID, media.NewEventID(), t0, []byte("person"))
			n.must(err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			ann, bob := r.account("ann"), r.account("bob")
			cam := r.camera(ann)
			r.share(cam, ann, bob)
			backup := r.save()
			r.revoke(cam, bob)
			n, err := backup.mediaAfter(t, r.pool, func(n *rig) { use(n, cam) })
			if !errors.Is(err, errParted) {
				t.Fatalf("it starts: %v", err)
			}
			before, err1 := os.ReadFile(filepath.Join(r.pool, KeyringName))
			after, err2 := os.ReadFile(filepath.Join(n.pool, KeyringName))
			if n.must(errors.Join(err1, err2)); string(before) != string(after) || n.grants(cam) != 1 {
				t.Errorf("the keyring was changed: %v, %d grants", string(before) != string(after), n.grants(cam))
			}
			if again := backup.restore(t, n.pool); again.grants(cam) != 0 || again.wraps(cam, bob) != 0 {
				t.Errorf("restored again: %d grants, %d keys", again.grants(cam), again.wraps(cam, bob))
			}
		})
	}
}

// TestSameMediaAfterRestore: a keyring that has nothing which the restored hub lacks
// keeps it from nothing: that of the backup's day, or the restored hub's own without
// its end.
func TestSameMediaAfterRestore(t *testing.T) {
	r := newRig(t)
	ann, bob := r.account("ann"), r.account("bob")
	cam := r.camera(ann)
	r.share(cam, ann, bob)
	backup := r.save()
	n, err := backup.mediaAfter(t, r.pool, func(n *rig) { n.account("carl") })
	n.must(err)
	path := filepath.Join(n.pool, KeyringName)
	older, err := os.ReadFile(path)
	n.must(err)
	n.account("dora")
	n.close()
	n.must(os.WriteFile(path, older, 0o600))
	n.must(n.open())
	if n.grants(cam) != 1 || n.rolledBack() || n.refused() != 0 {
		t.Errorf("%d grants, rolled back %v, %d crossings", n.grants(cam), n.rolledBack(), n.refused())
	}
}
