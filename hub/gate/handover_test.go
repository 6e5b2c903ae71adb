package gate

import (
	"database/sql"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/store"
	"lares/hub/vault"
)

// oldDatabase says how a hub gets an older database beside its newer keys, in a
// folder of its own: copied is the database, from the folder of the hub that was.
var oldDatabase = map[string]func(r *rig, dir, copied string) error{
	"put back": func(r *rig, dir, copied string) error {
		return errors.Join(copyFile(r.dir, dir, vault.HubKeyName), os.Rename(copied, filepath.Join(dir, "lares.db")))
	},
	"repaired": func(r *rig, dir, copied string) error {
		err := errors.Join(copyFile(r.dir, dir, vault.HubKeyName), os.Rename(copied, filepath.Join(dir, "lares.db")))
		return errors.Join(err, r.mend(dir, func(c vault.Config) error { _, err := vault.Repair(r.t.Context(), c); return err }))
	},
	"restored": func(r *rig, dir, copied string) error {
		err := os.Rename(copied, filepath.Join(dir, "lares.db"))
		return errors.Join(err, r.mend(dir, func(c vault.Config) error {
			return vault.Restore(r.t.Context(), c, r.dir, filepath.Join(r.dir, "media", vault.KeyringName))
		}))
	},
}

func copyFile(from, to, name string) error {
	b, err := os.ReadFile(filepath.Join(from, name))
	return errors.Join(err, os.WriteFile(filepath.Join(to, name), b, 0o600))
}

// mend works on the database of a folder as a command on the console does.
func (r *rig) mend(dir string, f func(vault.Config) error) error {
	s, err := store.Open(r.t.Context(), store.Options{Path: filepath.Join(dir, "lares.db")})
	if err != nil {
		return err
	}
	err = f(vault.Config{Dir: dir, Pools: []string{filepath.Join(dir, "media")}, CheapPasswords: true, Store: s, Clock: r.clock, Log: discard()})
	return errors.Join(err, s.Close())
}

// reborn is the hub with the recordings and keys of a rig, and a database that
// make puts there.
func (r *rig) reborn(make func(dir string) error) *rig {
	r.t.Helper()
	dir := r.t.TempDir()
	r.must(os.CopyFS(filepath.Join(dir, "media"), os.DirFS(filepath.Join(r.dir, "media"))))
	r.must(make(dir))
	return newRigIn(r.t, dir)
}

// enter signs somebody in by password.
func (r *rig) enter(who account.Caller) account.Caller {
	r.t.Helper()
	a, _, err := r.vault.OpenPassword(r.t.Context(), who.Account, "the password of "+who.Name)
	r.must(err)
	s := a.NewSession(r.clock.Now())
	r.must(r.store.Update(r.t.Context(), func(tx *store.Tx) error {
		return errors.Join(tx.AddSession(r.t.Context(), s.Session), tx.AddWrap(r.t.Context(), s.Wrap))
	}))
	return r.caller(s)
}

// watched checks who sees what a camera sends now: its worker is there, and who
// may opens what it seals.
func (r *rig) watched(camera media.CameraID, who account.Caller, want bool) {
	r.t.Helper()
	ctx := r.t.Context()
	_, err1 := r.reach(camera)
	_, err2 := r.Admit(ctx, who, camera, Live)
	run, _, err3 := r.vault.NewRun(ctx, camera)
	var err4 error
	if err3 == nil {
		a, err := r.vault.Unlock(ctx, who.Proof())
		r.must(err)
		_, err4 = a.RunKey(ctx, run)
	}
	if err := errors.Join(err1, err2, err3, err4); (err == nil) != want {
		r.t.Errorf("%s sees the camera live: %v, want %v", who.Name, err, want)
	}
}

// TestHandoverOutlivesDatabase: whatever older database comes back after a camera
// was handed over, the former owner and who it shared with see nothing live, the
// new owner does, and what was recorded opens for whom it was.
func TestHandoverOutlivesDatabase(t *testing.T) {
	for name, c := range map[string]struct {
		offered bool // the copy has the offer
		erase   bool
		way     string
	}{
		"put back":          {way: "put back"},
		"put back, offered": {way: "put back", offered: true},
		"put back, erased":  {way: "put back", erase: true},
		"repaired":          {way: "repaired"},
		"repaired, erased":  {way: "repaired", erase: true},
		"restored":          {way: "restored"},
		"restored, offered": {way: "restored", offered: true},
		"restored, erased":  {way: "restored", erase: true},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			ctx := t.Context()
			ann, bob, eve := r.person("ann"), r.person("bob"), r.person("eve")
			cam := r.camera(ann, "door")
			r.must(r.Grant(ctx, ann, GrantRequest{Camera: cam, Account: eve.Account, Actions: []Action{Live, History}}))
			old, _ := r.record(cam)
			was, err := r.reach(cam)
			r.must(err)
			copied := filepath.Join(t.TempDir(), "copy.db")
			if !c.offered {
				r.must(r.store.Copy(ctx, copied))
			}
			offer, err := r.Offer(ctx, ann, cam, bob.Account, c.erase)
			r.must(err)
			if c.offered {
				r.must(r.store.Copy(ctx, copied))
			}
			next, err := r.Accept(ctx, bob, offer.ID)
			r.must(err)
			n := r.reborn(func(dir string) error { return oldDatabase[c.way](r, dir, copied) })
			ann, bob, eve = n.enter(ann), n.enter(bob), n.enter(eve)
			for _, who := range []account.Caller{ann, eve} {
				n.watched(cam, who, false)
				n.watched(next, who, false)
			}
			n.watched(next, bob, true)
			n.watched(cam, bob, false)
			if now, err := n.reach(next); err != nil || now != was {
				t.Errorf("the device is reached by %+v, %v", now, err)
			}
			r.must(n.vault.Confirmed(ctx))
			want := error(nil)
			if c.erase {
				want = ErrNotFound
			}
			if _, err := n.play(ann, cam, old, ThumbnailPart()); err != want {
				t.Errorf("what ann recorded, for ann: %v, want %v", err, want)
			}
			for _, who := range []account.Caller{bob, eve} {
				if _, err := n.play(who, cam, old, ThumbnailPart()); err != ErrNotFound {
					t.Errorf("what ann recorded, for %s: %v", who.Name, err)
				}
			}
			if list, err := n.Transfers(ctx, bob); err != nil || len(list) != 0 {
				t.Errorf("still on offer: %v, %v", list, err)
			}
			fresh, _ := n.record(next)
			if _, err := n.play(bob, next, fresh, ThumbnailPart()); err != nil {
				t.Errorf("what is recorded now: %v", err)
			}
			if len(n.Refused()) != 0 {
				t.Errorf("refused %v", n.Refused())
			}
		})
	}
}

// TestHandoverTriedAgain: the commit of an acceptance fails after the keyring has it, and
// the camera is accepted again: whatever older database comes back, it becomes what it
// became then, and nothing else is there.
func TestHandoverTriedAgain(t *testing.T) {
	for way := range oldDatabase {
		for _, erase := range []bool{false, true} {
			r := newRig(t)
			ctx := t.Context()
			ann, bob := r.person("ann"), r.person("bob")
			cam := r.camera(ann, "door")
			was, err := r.reach(cam)
			r.must(err)
			offer, err := r.Offer(ctx, ann, cam, bob.Account, erase)
			r.must(err)
			copied := filepath.Join(t.TempDir(), "copy.db")
			r.must(r.store.Copy(ctx, copied))
			r.uncommitted(func() error { _, err := r.Accept(ctx, bob, offer.ID); return err })
			next, err := r.Accept(ctx, bob, offer.ID)
			r.must(err)
			fresh, _ := r.record(next)
			n := r.reborn(func(dir string) error { return oldDatabase[way](r, dir, copied) })
			ann, bob = n.enter(ann), n.enter(bob)
			n.watched(cam, ann, false)
			n.watched(next, bob, true)
			if now, err := n.reach(next); err != nil || now != was {
				t.Errorf("%s, erase %v: the device is reached by %+v, %v", way, erase, now, err)
			}
			if list, err := n.store.CamerasOf(ctx, bob.Account); err != nil || len(list) != 1 || list[0].ID != next {
				t.Errorf("%s, erase %v: bob has %d cameras, %v", way, erase, len(list), err)
			}
			n.must(n.vault.Confirmed(ctx))
			if _, err := n.openClip(ctx, bob.Proof(), n.file(next, fresh)); err != nil {
				t.Errorf("%s, erase %v: what was recorded: %v", way, erase, err)
			}
		}
	}
}

// TestHandoverNeverCommitted: the commit of an acceptance fails once the keyring has
// it, and nobody accepts the camera again: after a restart, and whatever older
// database comes back, it is its owner's, and the taker has none.
func TestHandoverNeverCommitted(t *testing.T) {
	ways := map[string]func(r *rig, dir, copied string) error{
		"restarted": func(r *rig, dir, _ string) error {
			return errors.Join(copyFile(r.dir, dir, vault.HubKeyName), r.store.Copy(r.t.Context(), filepath.Join(dir, "lares.db")))
		},
	}
	maps.Copy(ways, oldDatabase)
	for way, bring := range ways {
		for _, erase := range []bool{false, true} {
			r := newRig(t)
			ctx := t.Context()
			ann, bob := r.person("ann"), r.person("bob")
			cam := r.camera(ann, "door")
			was, err := r.reach(cam)
			r.must(err)
			offer, err := r.Offer(ctx, ann, cam, bob.Account, erase)
			r.must(err)
			copied := filepath.Join(t.TempDir(), "copy.db")
			r.must(r.store.Copy(ctx, copied))
			r.uncommitted(func() error { _, err := r.Accept(ctx, bob, offer.ID); return err })
			r.must(r.Withdraw(ctx, ann, offer.ID))
			if way != "restarted" { // what comes next stands where that stood
				r.person("eve")
				r.person("kim")
			}
			n := r.reborn(func(dir string) error { return bring(r, dir, copied) })
			ann, bob = n.enter(ann), n.enter(bob)
			n.watched(cam, ann, true)
			if now, err := n.reach(cam); err != nil || now != was {
				t.Errorf("%s, erase %v: the device is reached by %+v, %v", way, erase, now, err)
			}
			if list, err := n.store.CamerasOf(ctx, bob.Account); err != nil || len(list) != 0 {
				t.Errorf("%s, erase %v: bob has %d cameras, %v", way, erase, len(list), err)
			}
		}
	}
}

// uncommitted does something whose transaction fails once the keyrings have it: the
// database takes no note of how far they reach.
func (r *rig) uncommitted(do func() error) {
	r.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(r.dir, "lares.db")+"?_pragma=busy_timeout(10000)")
	r.must(err)
	_, err = db.Exec(`CREATE TRIGGER full BEFORE INSERT ON setting WHEN NEW.name = 'keyring' BEGIN SELECT RAISE(ABORT, 'the disk is full'); END`)
	r.must(err)
	if err := do(); err == nil {
		r.t.Fatal("the commit did not fail")
	}
	_, err = db.Exec(`DROP TRIGGER full`)
	r.must(errors.Join(err, db.Close()))
}

// TestHandoverOfWhoLeft: the former owner left the hub, and its camera was taken
// over after that.
func TestHandoverOfWhoLeft(t *testing.T) {
	for _, late := range []bool{false, true} { // the copy was made before, and after, it left
		r := newRig(t)
		ctx := t.Context()
		ann, bob := r.person("ann"), r.person("bob")
		cam := r.camera(ann, "door")
		copied := filepath.Join(t.TempDir(), "copy.db")
		if !late {
			r.must(r.store.Copy(ctx, copied))
		}
		_, err := r.Leave(ctx, ann, Leaving{Give: bob.Account})
		r.must(err)
		if late {
			r.must(r.store.Copy(ctx, copied))
		}
		offers, err := r.Transfers(ctx, bob)
		r.must(err)
		next, err := r.Accept(ctx, bob, offers[0].ID)
		r.must(err)
		n := r.reborn(func(dir string) error { return oldDatabase["put back"](r, dir, copied) })
		bob = n.enter(bob)
		n.watched(next, bob, true)
		n.watched(cam, bob, false)
		if list, err := n.Transfers(ctx, bob); err != nil || len(list) != 0 {
			t.Errorf("the copy has it %v: still on offer: %v, %v", late, list, err)
		}
		if _, err := n.store.Account(ctx, ann.Account); err == nil {
			t.Error("who left is back")
		}
	}
}

// TestHandoverOfKeysAlone: without any database nobody knows how the device is
// reached; both owners open what is theirs.
func TestHandoverOfKeysAlone(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann, bob := r.person("ann"), r.person("bob")
	cam := r.camera(ann, "door")
	old, _ := r.record(cam)
	offer, err := r.Offer(ctx, ann, cam, bob.Account, false)
	r.must(err)
	next, err := r.Accept(ctx, bob, offer.ID)
	r.must(err)
	fresh, _ := r.record(next)
	n := r.reborn(func(dir string) error {
		return errors.Join(copyFile(r.dir, dir, vault.HubKeyName), r.mend(dir, func(c vault.Config) error { _, err := vault.Repair(ctx, c); return err }))
	})
	if list, _, err := n.WorkerCameras(ctx); err != nil || len(list) != 0 {
		t.Errorf("%d cameras are in use, %v", len(list), err)
	}
	ann, bob = n.enter(ann), n.enter(bob)
	for _, c := range []struct {
		who    account.Caller
		camera media.CameraID
		clip   media.ClipID
		opens  bool
	}{{ann, cam, old, true}, {ann, next, fresh, false}, {bob, next, fresh, true}, {bob, cam, old, false}} {
		if _, err := n.openClip(ctx, c.who.Proof(), n.file(c.camera, c.clip)); (err == nil) != c.opens {
			t.Errorf("%s opens it: %v, want %v", c.who.Name, err, c.opens)
		}
	}
}
