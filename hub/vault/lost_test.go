package vault

import (
	"context"
	"errors"
	"testing"

	"lares/cameras/seal"
	"lares/hub/store"
)

// TestRenew: an account whose password and code are lost gets keys that open
// what its cameras record from its sign-in on, and nothing of before: until then
// the cameras wait, over a restart too. Those it shared with go on, and the old
// password opens nothing.
func TestRenew(t *testing.T) {
	r := newRig(t)
	ann, bob := r.account("ann"), r.account("bob")
	cam, other := r.camera(ann), r.camera(bob)
	r.share(cam, ann, bob)
	r.share(other, bob, ann)
	_, old := r.kids(cam)
	row, err := r.store.Account(t.Context(), ann.ID())
	r.must(err)
	made, err := r.vault.Renew(t.Context(), row, "a password set on the console")
	r.must(err)
	put := func() (n int, err error) {
		err = r.update(func(ctx context.Context, tx *store.Tx) error {
			n, err = r.vault.PutRenewed(ctx, tx, made)
			return err
		})
		return n, err
	}
	if n, err := put(); err != nil || n != 1 {
		t.Fatalf("%d cameras, %v", n, err)
	}
	if _, err := put(); !errors.Is(err, store.ErrNoRow) {
		t.Errorf("twice: %v", err)
	}
	check := func(waiting bool) {
		t.Helper()
		if _, err := r.signIn(ann, password("ann")); !errors.Is(err, seal.ErrOpen) {
			t.Errorf("the old password: %v", err)
		}
		if _, err := r.vault.Unlock(t.Context(), ann.proof); !errors.Is(err, ErrNoKey) {
			t.Errorf("the old session: %v", err)
		}
		a, err := r.signIn(ann, "a password set on the console")
		r.must(err)
		_, now := r.kids(cam)
		_, elsewhere := r.kids(other)
		if (now == old) != waiting {
			t.Errorf("waiting %v, and a new epoch has begun: %v", waiting, now != old)
		}
		if _, err := a.EpochKey(t.Context(), cam.ID, seal.Store, now); waiting != errors.Is(err, ErrNoKey) || !waiting && err != nil {
			t.Errorf("the epoch of now: %v", err)
		}
		for _, kid := range []struct {
			cam store.Camera
			kid [16]byte
		}{{cam, old}, {other, elsewhere}} {
			if _, err := a.EpochKey(t.Context(), kid.cam.ID, seal.Store, kid.kid); !errors.Is(err, ErrNoKey) {
				t.Errorf("an epoch of before: %v", err)
			}
		}
		b, err := r.signIn(bob, password("bob"))
		r.must(err)
		for _, kid := range [][16]byte{old, now} {
			if _, err := b.EpochKey(t.Context(), cam.ID, seal.Store, kid); err != nil {
				t.Errorf("who it is shared with: %v", err)
			}
		}
	}
	check(true)
	r.close()
	r.must(r.open())
	check(true)
	a, err := r.signIn(ann, "a password set on the console")
	r.must(err)
	r.must(r.epoch(cam, Change{Owner: a})) // hub/gate does it at the sign-in
	check(false)
	if r.refused() != 0 {
		t.Errorf("%d crossings counted", r.refused())
	}
}

// TestRestoreWaiting: a restore changes the keys of a camera that waits for its
// owner too, or it would record nothing; the owner goes on at its sign-in.
func TestRestoreWaiting(t *testing.T) {
	r := newRig(t)
	ann, bob := r.account("ann"), r.account("bob")
	cam := r.camera(ann)
	r.share(cam, ann, bob)
	row, err := r.store.Account(t.Context(), ann.ID())
	r.must(err)
	made, err := r.vault.Renew(t.Context(), row, "a password set on the console")
	r.must(err)
	r.must(r.update(func(ctx context.Context, tx *store.Tx) error {
		_, err := r.vault.PutRenewed(ctx, tx, made)
		return err
	}))
	n := r.save().restore(t, "")
	if _, _, err := n.vault.NewRun(t.Context(), cam.ID); err != nil {
		t.Errorf("the camera does not record: %v", err)
	}
	a, err := n.signIn(ann, "a password set on the console")
	n.must(err)
	b, err := n.signIn(bob, password("bob"))
	n.must(err)
	_, kid := n.kids(cam)
	want(t, "the owner, before it signed in", n.opensAll(a, cam, kid), false)
	want(t, "whom it is shared with", n.opensAll(b, cam, kid), true)
	n.must(n.epoch(cam, Change{Owner: a}))
	_, kid = n.kids(cam)
	want(t, "the owner", n.opensAll(a, cam, kid), true)
	if n.refused() != 0 {
		t.Errorf("%d crossings counted", n.refused())
	}
}

// TestOwnerKeepsItsKeys: an epoch that the hub signed without the owner takes
// nothing from it when an older database is brought up to the keyring.
func TestOwnerKeepsItsKeys(t *testing.T) {
	r := newRig(t)
	ann := r.account("ann")
	cam := r.camera(ann)
	_, old := r.kids(cam)
	week := r.copyDB()
	next := r.rotate(ann) // and no new epoch, as of a retired camera
	wrap, err := next.NewPassword(t.Context(), "another password")
	r.must(err)
	r.must(r.update(func(ctx context.Context, tx *store.Tx) error { return r.vault.PutPassword(ctx, tx, wrap) }))
	r.must(r.vault.bumpAll(t.Context()))
	r.putBack(week)
	a, err := r.signIn(ann, "another password")
	r.must(err)
	r.must(r.vault.Confirmed(t.Context()))
	want(t, "the owner", r.opensAll(a, cam, old), true)
}
