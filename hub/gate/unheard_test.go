package gate

import (
	"context"
	"errors"
	"testing"
	"time"

	"lares/cameras"
	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/journal"
	"lares/hub/store"
)

// TestListeningEndsWithRight: the hub stops listening when whoever turned that on by a
// grant may not hear the camera or manage it any more, however that ended; a new grant
// does not bring it back, and the owner finds it in the journal. What the owner turned on
// goes on, and so does what the owner changed since.
func TestListeningEndsWithRight(t *testing.T) {
	grants := func(actions ...Action) func(r *rig, ann, bob account.Caller, door media.CameraID) {
		return func(r *rig, ann, bob account.Caller, door media.CameraID) {
			r.must(r.Grant(r.t.Context(), ann, GrantRequest{Camera: door, Account: bob.Account, Actions: actions}))
		}
	}
	nobody := func(*rig, account.Caller, account.Caller, media.CameraID) {}
	ways := map[string]struct {
		turn func(r *rig, ann, bob account.Caller, door media.CameraID) // after bob turned it on
		end  func(r *rig, ann, bob account.Caller, door media.CameraID)
		ends bool
		late bool // found when cameras are told again, within a minute
	}{
		"revoked": {nobody, func(r *rig, ann, bob account.Caller, door media.CameraID) {
			r.must(r.Revoke(r.t.Context(), ann, door, bob.Account))
		}, true, false},
		"without audio":  {nobody, grants(Live, Manage), true, false},
		"without manage": {nobody, grants(Live, Audio), true, false},
		"run out": {nobody, func(r *rig, _, _ account.Caller, _ media.CameraID) {
			r.clock.Advance(25 * time.Hour)
			r.must(r.expire(r.t.Context(), r.clock.Now()))
		}, true, false},
		"left": {nobody, func(r *rig, _, bob account.Caller, _ media.CameraID) {
			_, err := r.Leave(r.t.Context(), bob, Leaving{})
			r.must(err)
		}, true, false},
		"other keys": {nobody, func(r *rig, _, bob account.Caller, door media.CameraID) {
			r.must(r.store.Update(r.t.Context(), func(tx *store.Tx) error { return tx.Unconfirm(r.t.Context(), door, bob.Account, r.clock.Now()) }))
		}, true, true},
		"other keys, confirmed": {nobody, func(r *rig, ann, bob account.Caller, door media.CameraID) {
			r.must(r.store.Update(r.t.Context(), func(tx *store.Tx) error { return tx.Unconfirm(r.t.Context(), door, bob.Account, r.clock.Now()) }))
			r.must(r.Confirm(r.t.Context(), ann, door, bob.Account)) // before cameras are told again
		}, true, false},
		"run out, given anew": {nobody, func(r *rig, ann, bob account.Caller, door media.CameraID) {
			r.clock.Advance(25 * time.Hour)
			grants(Live, Audio, Manage)(r, r.another(ann), bob, door)
		}, true, false},
		"another grant": {nobody, grants(Audio, Manage), false, false},
		"the owner has changed it": {func(r *rig, ann, _ account.Caller, door media.CameraID) {
			r.must(r.SetSound(r.t.Context(), r.pass(ann, door, Manage), loud))
		}, grants(Live), false, false},
		"the owner had turned it on": {func(r *rig, ann, bob account.Caller, door media.CameraID) {
			r.must(r.SetSound(r.t.Context(), r.pass(bob, door, Manage), cameras.Sound{}))
			r.must(r.SetSound(r.t.Context(), r.pass(ann, door, Manage), loud))
			r.must(r.SetSound(r.t.Context(), r.pass(bob, door, Manage), loud))
		}, grants(Live), false, false},
	}
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			list := r.told()
			ctx := t.Context()
			ann, bob := r.person("ann"), r.person("bob")
			door := r.camera(ann, "door")
			r.must(r.Grant(ctx, ann, GrantRequest{Camera: door, Account: bob.Account, Actions: []Action{Live, Audio, Manage}, Expires: r.clock.Now().Add(24 * time.Hour)}))
			r.must(r.SetSound(ctx, r.pass(bob, door, Manage), loud))
			way.turn(r, ann, bob, door)
			given := loud // what the worker was told last
			r.Gate.cfg.Watching = func(id media.CameraID) {
				c, err := r.WorkerCamera(context.Background(), id)
				r.must(err)
				given = c.Sound
			}
			way.end(r, ann, bob, door)
			ann = r.another(ann) // hours may have gone by
			want := loud
			want.On = !way.ends
			if !way.late && given != want {
				t.Errorf("the worker was told %+v, want %+v", given, want)
			}
			asked, err := r.Sound(ctx, r.pass(ann, door, Manage))
			r.must(err)
			all, _, err := r.WorkerCameras(ctx)
			r.must(err)
			if asked != want || len(all) != 1 || all[0].Sound != want {
				t.Errorf("asked %+v, given %+v, want %+v", asked, all, want)
			}
			if name != "left" && name != "another grant" { // he may have none, or it stands on the one he has
				r.sql("DELETE FROM grants")
				r.must(r.Grant(ctx, ann, GrantRequest{Camera: door, Account: bob.Account, Actions: []Action{Live, Audio, Manage}}))
			}
			if one, err := r.WorkerCamera(ctx, door); err != nil || one.Sound != want {
				t.Errorf("with a new grant: %+v, %v", one.Sound, err)
			}
			ended := 0
			for _, e := range list(ann) {
				if e.Kind == journal.CameraSound && e.Detail["cause"] == causeRight {
					ended++
					if e.Other != bob.Account || !e.Account.IsZero() || e.Camera != door || e.Detail["on"] != false {
						t.Errorf("the journal tells %+v", e)
					}
				}
			}
			if ended != map[bool]int{true: 1}[way.ends] {
				t.Errorf("told %d times", ended)
			}
		})
	}
}

// TestListeningInDoubt: while the clock cannot be right, nobody listens by a grant, which
// may have run out, and what is the owner's goes on; nothing is turned off for it.
func TestListeningInDoubt(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann, bob := r.person("ann"), r.person("bob")
	door := r.camera(ann, "door")
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: door, Account: bob.Account, Actions: []Action{Audio, Manage}}))
	r.must(r.SetSound(ctx, r.pass(bob, door, Manage), loud))
	yard := r.camera(ann, "yard")
	r.must(r.SetSound(ctx, r.pass(ann, yard, Manage), loud))
	r.clock.Advance(-48 * time.Hour)
	if _, err := r.now(); !errors.Is(err, ErrUnavailable) {
		t.Fatal(err)
	}
	for id, on := range map[media.CameraID]bool{door: false, yard: true} {
		if c, err := r.WorkerCamera(ctx, id); err != nil || c.Sound.On != on {
			t.Errorf("%+v, %v", c.Sound, err)
		}
	}
	r.clock.Advance(48 * time.Hour)
	if c, err := r.WorkerCamera(ctx, door); err != nil || c.Sound != loud {
		t.Errorf("%+v, %v", c.Sound, err)
	}
}
