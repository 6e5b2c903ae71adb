package vault

import (
	"context"
	"errors"
	"testing"
	"time"

	"lares/cameras/seal"
	"lares/hub/store"
)

// exit has pictures of a camera go to its owner's detector.
func (r *rig) exit(c store.Camera, owner person) store.Exit {
	r.t.Helper()
	e := store.Exit{ID: store.NewExitID(), Camera: c.ID, Account: owner.ID(), Kind: store.ExitDetector, Since: r.clock.Now()}
	e.Sealed = r.vault.SealExit(e, []byte("a box"))
	r.must(r.update(func(ctx context.Context, tx *store.Tx) error { return tx.PutExit(ctx, e) }))
	return e
}

// TestExit: where pictures go opens in its own row alone: of that camera, account and exit.
func TestExit(t *testing.T) {
	r := newRig(t)
	ann, bob := r.account("ann"), r.account("bob")
	e := r.exit(r.camera(ann), ann)
	if target, err := r.vault.OpenExit(e); err != nil || string(target) != "a box" {
		t.Errorf("%q, %v", target, err)
	}
	other := r.exit(r.camera(bob), bob)
	for name, change := range map[string]func(*store.Exit){
		"camera":  func(x *store.Exit) { x.Camera = other.Camera },
		"account": func(x *store.Exit) { x.Account = other.Account },
		"exit":    func(x *store.Exit) { x.ID = other.ID },
		"text":    func(x *store.Exit) { x.Sealed = other.Sealed },
	} {
		x := e
		change(&x)
		if target, err := r.vault.OpenExit(x); !errors.Is(err, seal.ErrCrossed) {
			t.Errorf("with another %s: %q, %v", name, target, err)
		}
	}
	if n := r.vault.Refusals().Snapshot()["exit"]; n != 4 {
		t.Errorf("refused %d", n)
	}
}

// offered enters an offer of a camera to somebody.
func (r *rig) offered(cam store.Camera, from, to person) store.TransferID {
	r.t.Helper()
	o := store.Transfer{ID: store.NewTransferID(), Camera: cam.ID, Owner: from.ID(), Taker: to.ID(), Access: []byte("sealed"), Created: t0, Expires: t0.Add(time.Hour)}
	r.must(r.update(func(ctx context.Context, tx *store.Tx) error { return tx.AddTransfer(ctx, o) }))
	return o.ID
}

// TestExitsEndWithTheSecret: what the console gives new keys to has no exits any more, and
// offers no camera.
func TestExitsEndWithTheSecret(t *testing.T) {
	r := newRig(t)
	ann, bob := r.account("ann"), r.account("bob")
	r.exit(r.camera(ann), ann)
	bobs := r.exit(r.camera(bob), bob)
	r.offered(r.camera(ann), ann, bob)
	kept := r.offered(r.camera(bob), bob, ann)
	row, err := r.store.Account(t.Context(), ann.ID())
	r.must(err)
	made, err := r.vault.Renew(t.Context(), row, "a password set on the console")
	r.must(err)
	r.must(r.update(func(ctx context.Context, tx *store.Tx) error { _, err := r.vault.PutRenewed(ctx, tx, made); return err }))
	if left, err := r.store.Exits(t.Context()); err != nil || len(left) != 1 || left[0].ID != bobs.ID {
		t.Errorf("%+v, %v", left, err)
	}
	if left, err := r.store.AllTransfers(t.Context()); err != nil || len(left) != 1 || left[0].ID != kept {
		t.Errorf("offers: %+v, %v", left, err)
	}
}

// TestExitsEndWithARepair: what a repair makes of a database of some day before may have
// exits that were closed since.
func TestExitsEndWithARepair(t *testing.T) {
	r := newRig(t)
	ann := r.account("ann")
	r.exit(r.camera(ann), ann)
	r.damage(func(b []byte) []byte { b[len(b)/2] ^= 1; return b })
	r.must(r.mended())
	r.must(r.open())
	if left, err := r.store.Exits(t.Context()); err != nil || len(left) != 0 {
		t.Errorf("%+v, %v", left, err)
	}
}
