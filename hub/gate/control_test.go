package gate

import (
	"context"
	"errors"
	"testing"

	"lares/cameras/control"
	"lares/cameras/media"
	"lares/hub/journal"
	"lares/hub/store"
)

// TestControl: each order needs the pass of its action, which is asked about
// again, and a camera on the air; only then the camera hears of it.
func TestControl(t *testing.T) {
	r := newRig(t)
	list := r.told()
	ctx := t.Context()
	ann, bob := r.person("ann"), r.person("bob")
	door := r.camera(ann, "door")
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: door, Account: bob.Account, Actions: []Action{Live, PTZ}}))
	heard := 0
	var answer error
	r.cfg.Control = func(_ context.Context, id media.CameraID, _ control.Order) (control.Found, error) {
		if id != door {
			t.Errorf("asked of %s", id)
		}
		heard++
		return control.Found{}, answer
	}
	move, reboot := control.Order{Do: control.Move, Pan: 1, MS: 10}, control.Order{Do: control.Reboot}
	siren := control.Order{Do: control.Switch, ID: control.ID("relay", "1"), On: true}
	turn, err := r.Admit(ctx, bob, door, PTZ)
	r.must(err)
	if _, err := r.Admit(ctx, bob, door, Manage); !errors.Is(err, ErrNotFound) {
		t.Errorf("who may turn it may manage it: %v", err)
	}
	manage, err := r.Admit(ctx, ann, door, Manage)
	r.must(err)
	fails := func(p Pass, o control.Order, want error) {
		t.Helper()
		before := heard
		if _, err := r.Control(ctx, p, o); !errors.Is(err, want) || heard != before {
			t.Errorf("%s: %v, not %v; the camera heard %d", o.Do, err, want, heard-before)
		}
	}
	fails(turn, reboot, ErrCrossed)
	fails(turn, siren, ErrCrossed)
	fails(manage, move, ErrCrossed)
	fails(Pass{}, move, ErrCrossed)
	fails(turn, control.Order{Do: control.Move, Pan: 7, MS: 10}, ErrInput)
	for range 3 {
		_, err := r.Control(ctx, turn, move)
		r.must(err)
	}
	for _, o := range []control.Order{siren, {Do: control.ShowOutputs}} {
		_, err := r.Control(ctx, manage, o)
		r.must(err)
	}
	for _, answer = range []error{control.Busy, control.Refused, control.Silent} {
		if _, err := r.Control(ctx, manage, reboot); !errors.Is(err, answer) {
			t.Errorf("%v, not %v", err, answer)
		}
	}
	r.must(r.SetPrivacy(ctx, manage, true))
	fails(turn, move, ErrPrivate)
	fails(manage, reboot, ErrPrivate)
	r.must(r.SetPrivacy(ctx, manage, false))
	r.must(r.Revoke(ctx, ann, door, bob.Account))
	fails(turn, move, ErrNotFound)
	rows := map[journal.Kind]int{}
	for _, e := range list(ann) {
		rows[e.Kind]++
		if e.Kind == journal.Rebooted && e.Detail["unanswered"] != true || e.Kind == journal.Switched && e.Detail["on"] != true {
			t.Errorf("%+v", e)
		}
	}
	if rows[journal.Turned] != 1 || rows[journal.Switched] != 1 || rows[journal.Rebooted] != 1 {
		t.Errorf("rows of the journal: %v", rows)
	}
}

// TestControlOfPrograms: a token does what it was given and no more, and none of
// that when it ended; a lockdown ends what others may have a camera do, also by a
// pass from before.
func TestControlOfPrograms(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann, bob := r.person("ann"), r.person("bob")
	door := r.camera(ann, "door")
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: door, Account: bob.Account, Actions: []Action{Live, PTZ, Manage}}))
	heard := 0
	r.cfg.Control = func(context.Context, media.CameraID, control.Order) (control.Found, error) {
		heard++
		return control.Found{}, nil
	}
	move, reboot := control.Order{Do: control.Move, Pan: 1, MS: 10}, control.Order{Do: control.Reboot}
	does := func(what string, p Pass, o control.Order, want error) {
		t.Helper()
		before := heard
		_, err := r.Control(ctx, p, o)
		if !errors.Is(err, want) || (heard > before) != (want == nil) {
			t.Errorf("%s: %v, not %v; the camera heard %d", what, err, want, heard-before)
		}
	}
	program, _ := r.token(ann, TokenGrant{door, []Action{Live, PTZ}, FromNow})
	turn, err := r.Admit(ctx, program, door, PTZ)
	r.must(err)
	if _, err := r.Admit(ctx, program, door, Manage); !errors.Is(err, ErrNotFound) {
		t.Errorf("a token to turn may manage: %v", err)
	}
	does("a token turns", turn, move, nil)
	does("a token to turn reboots", turn, reboot, ErrCrossed)
	r.must(r.EndToken(ctx, ann, program.Token))
	does("a token that ended turns", turn, move, ErrNotFound)

	others, err := r.Admit(ctx, bob, door, PTZ)
	r.must(err)
	restart, err := r.Admit(ctx, bob, door, Manage)
	r.must(err)
	does("who it is shared with turns", others, move, nil)
	r.must(r.store.Update(ctx, func(tx *store.Tx) error { return tx.SetRecovery(ctx, ann.Account, t0) })) // who locks can lift
	r.must(r.LockDown(ctx, ann, LockMine))
	does("turning under a lockdown", others, move, ErrLockdown)
	does("a restart under a lockdown", restart, reboot, ErrLockdown)
}
