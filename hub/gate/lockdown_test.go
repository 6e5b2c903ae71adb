package gate

import (
	"errors"
	"testing"

	"lares/hub/account"
	"lares/hub/journal"
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

// TestLockdownKeepsCameras: an offer that was made before, by whoever has the password, is
// accepted by nobody while its owner, or the whole hub, is locked down, and stands afterwards.
func TestLockdownKeepsCameras(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ctx := t.Context()
	ann, bob := r.person("ann"), r.operator("bob")
	for _, c := range []account.Caller{ann, bob} {
		r.must(r.store.Update(ctx, func(tx *store.Tx) error { return tx.SetRecovery(ctx, c.Account, t0) })) // who locks can lift
	}
	cam := r.camera(ann, "door")
	offer, err := r.Offer(ctx, ann, cam, bob.Account, true)
	r.must(err)
	for _, l := range []struct {
		by    account.Caller
		scope LockdownScope
	}{{ann, LockMine}, {bob, LockHub}} {
		r.must(r.LockDown(ctx, l.by, l.scope))
		if _, err := r.Accept(ctx, bob, offer.ID); !errors.Is(err, ErrLockdown) {
			t.Errorf("%s: %v", l.scope, err)
		}
		if c, err := r.store.Camera(ctx, cam); err != nil || !c.Removed.IsZero() || !c.Retired.IsZero() {
			t.Errorf("%s: %+v, %v", l.scope, c, err)
		}
		r.must(r.Lift(ctx, l.by, l.scope))
	}
	if _, err := r.Accept(ctx, bob, offer.ID); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// TestLockdownOfSomebodyGone: who made a lockdown of the hub may leave it; whoever has
// it then was shut out like the others, and is told so, however often it came.
func TestLockdownOfSomebodyGone(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ctx := t.Context()
	list := r.told()
	ann, bob := r.operator("ann"), r.operator("bob")
	for _, c := range []account.Caller{ann, bob} {
		r.must(r.store.Update(ctx, func(tx *store.Tx) error { return tx.SetRecovery(ctx, c.Account, t0) }))
	}
	opened, err := r.vault.Unlock(ctx, bob.Proof())
	r.must(err)
	kinds := func() (n map[journal.Kind]int) {
		n = map[journal.Kind]int{}
		for _, e := range list(bob) {
			n[e.Kind]++
		}
		return n
	}
	r.must(r.LockDown(ctx, ann, LockHub))
	r.must(r.Lift(ctx, ann, LockHub))
	r.must(r.LockDown(ctx, ann, LockMine)) // shuts nobody out of the hub
	r.must(r.Lift(ctx, ann, LockMine))
	if n := kinds(); n[journal.LockedOut] != 1 || n[journal.LetIn] != 1 {
		t.Errorf("%v", n)
	}
	r.must(r.LockDown(ctx, ann, LockHub))
	_, err = r.Leave(ctx, ann, Leaving{Erase: true})
	r.must(err)
	in := opened.NewSession(r.clock.Now())
	r.must(r.store.Update(ctx, func(tx *store.Tx) error { return errors.Join(tx.AddSession(ctx, in.Session), tx.AddWrap(ctx, in.Wrap)) }))
	bob = r.caller(in)
	if !bob.Locked {
		t.Error("the lockdown went with who made it")
	}
	bob.Operator = true
	r.must(r.Lift(ctx, bob, ""))
	if n := kinds(); n[journal.LockedOut] != 2 || n[journal.LetIn] != 2 {
		t.Errorf("after somebody's who is gone: %v", n)
	}
	told, err := r.cfg.Journal.Notices(ctx, bob.Account)
	r.must(err)
	for _, n := range told {
		if n.Kind != journal.NoticeLockedOut || n.Detail["count"] != 1.0 {
			t.Errorf("%+v", n)
		}
	}
	if len(told) != 2 || told[0].Detail["name"] != nil || told[1].Detail["name"] != "ann" { // one hides no other's
		t.Errorf("%+v", told)
	}
}
