package gate

import (
	"errors"
	"testing"

	"lares/hub/store"
)

// TestLockdownLists: what a lockdown leaves open is still in the list, without
// what it closes: of the whole hub, another's camera goes on to be seen live by
// the session that made it; of its owner it is gone.
func TestLockdownLists(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ctx := t.Context()
	ann, bob := r.operator("ann"), r.person("bob")
	cam := r.camera(bob, "door")
	r.record(cam)
	r.must(r.Grant(ctx, bob, GrantRequest{Camera: cam, Account: ann.Account, Actions: []Action{Live, History}, History: FromStart}))
	if c, err := r.Camera(ctx, ann, cam); err != nil || c.Clips != 1 {
		t.Fatalf("%+v, %v", c, err)
	}
	r.must(r.store.Update(ctx, func(tx *store.Tx) error { return tx.SetRecovery(ctx, ann.Account, t0) })) // who locks can lift
	r.must(r.LockDown(ctx, ann, LockHub))
	c, err := r.Camera(ctx, ann, cam)
	r.must(err)
	if c.Clips != 0 || c.Bytes != 0 {
		t.Errorf("under a lockdown of the hub: %d clips", c.Clips)
	}
	if _, err := r.Admit(ctx, ann, cam, Live); err != nil {
		t.Errorf("live: %v", err)
	}
	if _, err := r.Admit(ctx, ann, cam, History); !errors.Is(err, ErrLockdown) {
		t.Errorf("what was recorded: %v", err)
	}
	r.sql("DELETE FROM lockdown")
	r.sql("INSERT INTO lockdown (account, maker, session, since_ms) VALUES (?, ?, ?, 0)", bob.Account[:], bob.Account[:], bob.Session[:])
	if _, err := r.Camera(ctx, ann, cam); !errors.Is(err, ErrNotFound) {
		t.Errorf("under one of its owner: %v", err)
	}
}
