package vault

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"lares/cameras/media"
	"lares/hub/store"
	"lares/recorder/sealed"
)

func (r *rig) restart() {
	r.t.Helper()
	r.close()
	r.must(r.open())
}

// remove takes a camera away as hub/gate does, and its last rows.
func (r *rig) remove(cam store.Camera) {
	r.t.Helper()
	r.must(r.update(func(ctx context.Context, tx *store.Tx) error {
		r.vault.Removed(tx, cam.ID)
		return errors.Join(tx.RemoveCamera(ctx, cam.ID, cam.Owner, r.clock.Now()), tx.ForgetCamera(ctx, cam.ID))
	}))
}

func (r *rig) sight(cam media.CameraID, kid media.KeyID) {
	r.t.Helper()
	r.must(r.vault.Sighted(r.t.Context(), sealed.Header{Camera: cam, KID: kid, Clip: media.NewClipID()}))
}

// retired reports whether a camera is there, out of use, and listed for the
// journal.
func (r *rig) retired(cam store.Camera) bool {
	r.t.Helper()
	list, err := r.vault.Altered(r.t.Context())
	r.must(err)
	made := slices.DeleteFunc(list, func(a Altered) bool { return a.Kind != AlteredCameraMade })
	c, err := r.store.Camera(r.t.Context(), cam.ID)
	r.must(onlyOther(err))
	return err == nil && !c.Retired.IsZero() && c.Owner == cam.Owner && len(made) == 1 && made[0].Camera == cam.ID && made[0].Owner == cam.Owner
}

// TestMissingCamera: a camera of which the keyring has epochs and the database
// nothing, though nobody removed it, shows an older database. Its owner opens
// what was recorded when that is confirmed, and it is found once.
func TestMissingCamera(t *testing.T) {
	for name, lose := range map[string]func(r *rig, cam store.Camera, before string){
		"an older copy": func(r *rig, _ store.Camera, before string) { r.putBack(before) },
		"its row is out": func(r *rig, cam store.Camera, _ string) {
			r.sql("DELETE FROM camera WHERE id = ?", cam.ID[:])
			r.sql("DELETE FROM epoch WHERE camera = ?", cam.ID[:])
			r.restart()
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			ann := r.account("ann")
			before := r.copyDB()
			cam := r.camera(ann)
			r.must(r.epoch(cam, Change{Owner: ann.OpenedAccount}))
			_, kid := r.kids(cam)
			lose(r, cam, before)
			if !r.rolledBack() || !r.retired(cam) {
				t.Fatalf("rolled back %v, made %v", r.rolledBack(), r.retired(cam))
			}
			a, err := r.signIn(ann, password("ann"))
			r.must(err)
			r.must(r.vault.Confirmed(t.Context()))
			want(t, "the owner", r.opensAll(a, cam, kid), true)
			r.must(r.store.Update(t.Context(), func(tx *store.Tx) error { return r.vault.AlteredTold(t.Context(), tx) }))
			r.restart()
			if made, err := r.vault.Altered(t.Context()); r.rolledBack() || len(made) != 0 || err != nil {
				t.Errorf("found again: %v, %d cameras, %v", r.rolledBack(), len(made), err)
			}
		})
	}
}

// TestMissingLastCamera: a camera that only the last transaction named is what a
// crash leaves, until a clip says that it recorded.
func TestMissingLastCamera(t *testing.T) {
	r := newRig(t)
	ann := r.account("ann")
	before := r.copyDB()
	cam := r.camera(ann)
	_, kid := r.kids(cam)
	r.putBack(before)
	if r.rolledBack() || r.retired(cam) {
		t.Fatal("a crash while a camera was added needs the operator")
	}
	r.restart() // it is known now
	r.sight(cam.ID, kid)
	if !r.rolledBack() || !r.retired(cam) {
		t.Fatalf("a clip of it: rolled back %v, made %v", r.rolledBack(), r.retired(cam))
	}
	a, err := r.signIn(ann, password("ann"))
	r.must(err)
	r.must(r.vault.Confirmed(t.Context()))
	want(t, "the owner", r.opensAll(a, cam, kid), true)
}

// TestRemovedIsNotMissing: a camera that was removed is no sign of anything, also
// where the keyring lost its end, and with it the word of that.
func TestRemovedIsNotMissing(t *testing.T) {
	r := newRig(t)
	ann := r.account("ann")
	cam := r.camera(ann)
	r.must(r.epoch(cam, Change{Owner: ann.OpenedAccount}))
	_, kid := r.kids(cam)
	path := filepath.Join(r.pool, KeyringName)
	short, err := os.ReadFile(path)
	r.must(err)
	r.remove(cam)
	for _, cut := range []bool{false, true} {
		r.close()
		if cut {
			r.must(os.WriteFile(path, short, 0o600))
		}
		r.must(r.open())
		r.restart()
		r.sight(cam.ID, kid) // a file that is being erased
		if _, err := r.store.Camera(t.Context(), cam.ID); r.rolledBack() || err == nil {
			t.Errorf("cut %v: rolled back %v, the camera: %v", cut, r.rolledBack(), err)
		}
	}
}

// TestHomelessClip: a clip of a camera of which nothing is known, not even keys,
// shows an older database too; confirmed once, it is known.
func TestHomelessClip(t *testing.T) {
	r := newRig(t)
	r.account("ann")
	lost, other := media.NewCameraID(), media.NewCameraID()
	r.sight(lost, media.KeyID{9})
	if !r.rolledBack() {
		t.Fatal("not noticed")
	}
	r.must(r.vault.Confirmed(t.Context()))
	r.restart()
	if r.sight(lost, media.KeyID{9}); r.rolledBack() {
		t.Error("found again after it was confirmed")
	}
	if r.sight(other, media.KeyID{9}); !r.rolledBack() {
		t.Error("another one is not noticed")
	}
}

// TestRetiredOnNewKeyring: a keyring that was written anew from the database
// says of a camera that was handed over, and of one that is being erased, that
// it is out of use: an older database brings neither back.
func TestRetiredOnNewKeyring(t *testing.T) {
	r := newRig(t)
	ann, bob := r.account("ann"), r.account("bob")
	given, erased := r.camera(ann), r.camera(ann)
	r.share(given, ann, bob)
	before := r.copyDB()
	path := filepath.Join(r.pool, KeyringName)
	short, err := os.ReadFile(path)
	r.must(err)
	nowhere := r.vault.SealAccess(given.ID, given.Owner, []byte("{}"))
	r.must(r.update(func(ctx context.Context, tx *store.Tx) error {
		r.vault.HandedOver(tx, HandedOver{Camera: given.ID, At: r.clock.Now(), Next: media.NewCameraID(), Taker: bob.ID(), Offer: store.NewTransferID()})
		r.vault.Removed(tx, erased.ID)
		return errors.Join(tx.RetireCamera(ctx, given.ID, given.Owner, r.clock.Now(), nowhere), tx.RemoveCamera(ctx, erased.ID, erased.Owner, r.clock.Now()))
	}))
	r.close()
	r.must(os.WriteFile(path, short, 0o600))
	r.must(r.open())
	r.putBack(before)
	c, err := r.store.Camera(t.Context(), given.ID)
	r.must(err)
	if c.Retired.IsZero() || r.grants(given) != 0 || r.wraps(given, bob) != 0 || r.wraps(given, ann) == 0 {
		t.Errorf("handed over: retired %v, %d grants, bob has %d keys, ann %d", c.Retired, r.grants(given), r.wraps(given, bob), r.wraps(given, ann))
	}
	if access, err := r.vault.OpenAccess(c); err != nil || string(access) != "{}" {
		t.Errorf("how to reach it: %s, %v", access, err)
	}
	if _, err := r.store.Camera(t.Context(), erased.ID); !errors.Is(err, store.ErrNoRow) {
		t.Errorf("erased: %v", err)
	}
	if list, err := r.store.Cameras(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("%d cameras in use, %v", len(list), err)
	}
}

// TestForgedRetired: a camera whose row is not what the hub wrote is given to
// nobody by what the keyring says, and that is counted.
func TestForgedRetired(t *testing.T) {
	r := newRig(t)
	ann, bob := r.account("ann"), r.account("bob")
	cam, other := r.camera(ann), r.camera(bob)
	before := r.copyDB()
	next := media.NewCameraID()
	r.must(r.update(func(ctx context.Context, tx *store.Tx) error {
		r.vault.HandedOver(tx, HandedOver{Camera: cam.ID, At: r.clock.Now(), Next: next, Taker: bob.ID()})
		return nil
	}))
	r.close()
	r.must(os.Rename(before, r.db()))
	r.sql("UPDATE camera SET access = ? WHERE id = ?", other.Access, cam.ID[:])
	r.must(r.open())
	if _, err := r.store.Camera(t.Context(), next); !errors.Is(err, store.ErrNoRow) || r.vault.Refusals().Snapshot()["camera access"] != 1 {
		t.Errorf("%v, refused %v", err, r.vault.Refusals().Snapshot())
	}
	if c, err := r.store.Camera(t.Context(), cam.ID); err != nil || c.Retired.IsZero() {
		t.Errorf("%+v, %v", c.Retired, err)
	}
	if _, ok := parseRetired([]byte("lares keyring retired v1\x00junk")); ok {
		t.Error("junk is an entry")
	}
}
