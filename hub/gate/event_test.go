package gate

import (
	"encoding/json"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/hub/account"
	"lares/recorder"
)

// notice enters an event of motion without clips.
func (r *rig) notice(camera media.CameraID, text recorder.EventText) media.EventID {
	r.t.Helper()
	return r.noticed(camera, media.KindMotion, text)
}

func (r *rig) noticed(camera media.CameraID, kind media.Kind, text recorder.EventText) media.EventID {
	r.t.Helper()
	now := r.clock.Now()
	e := recorder.EventRow{Event: media.NewEventID(), Camera: camera, Kind: kind, Start: now, End: now.Add(time.Second)}
	plain, err := json.Marshal(text)
	r.must(err)
	e.Text, err = sealNewest(r.t.Context(), r.vault, camera, e.Event, now, plain)
	r.must(err)
	r.must(r.store.EventPut(r.t.Context(), e))
	return e.Event
}

// TestOneEvent: one event is asked for anew each time: session, grant, where
// the history begins, and the caller's own keys for its text.
func TestOneEvent(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann, bob := r.person("ann"), r.person("bob")
	door := r.camera(ann, "door")
	text := recorder.EventText{Class: "person", Zone: "path", Labels: []string{"dog"}}
	before := r.notice(door, text)
	r.clock.Advance(time.Minute)
	not := func(what string, c account.Caller, id media.EventID, want error) {
		t.Helper()
		if e, err := r.Event(ctx, c, id); err != want {
			t.Errorf("%s: %+v %v", what, e, err)
		}
	}
	not("a stranger", bob, before, ErrNotFound)
	not("an absent one", ann, media.NewEventID(), ErrNotFound)
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: door, Account: bob.Account, Actions: []Action{History}}))
	after := r.notice(door, text)
	if _, err := r.AdmitEvent(ctx, bob, before, History); err != ErrNotFound {
		t.Errorf("admitted to one from before the grant: %v", err)
	}
	not("from before the grant", bob, before, ErrNotFound)
	for _, c := range []account.Caller{ann, bob} {
		e, err := r.Event(ctx, c, after)
		if err != nil || e.ID != after || e.Camera != door || e.Class != "person" || e.Zone != "path" || len(e.Labels) != 1 {
			t.Errorf("%+v %v", e, err)
		}
	}
	for _, a := range []Action{Star, Delete, Live, ""} {
		if _, err := r.AdmitEvent(ctx, bob, after, a); err != ErrNotFound {
			t.Errorf("%q with history alone: %v", a, err)
		}
	}
	p, err := r.AdmitEvent(ctx, ann, after, Star)
	if err != nil || p.Event() != after || p.Camera() != door || !p.Clip().IsZero() {
		t.Errorf("%+v %v", p, err)
	}
	again := r.another(bob)
	r.must(r.accounts.SignOut(ctx, again))
	not("a session that ended", again, after, ErrNotFound)
	r.must(r.Revoke(ctx, ann, door, bob.Account))
	not("after the revoke", bob, after, ErrNotFound)
	if n := r.Refused(); len(n) != 0 {
		t.Errorf("counted without a fault: %v", n)
	}
}
