package gate

import (
	"slices"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/hub/account"
	"lares/recorder"
)

// TestHeard: who may not hear a camera is not told when there was something to hear: an
// event that was only heard is not there, alone, in lists, in searches, as a clip or to be
// marked, and of others nothing that was heard is told. The owner, and who hears the camera,
// are told all.
func TestHeard(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	ann, bob, deaf := r.person("ann"), r.person("bob"), r.person("deaf")
	door := r.camera(ann, "door")
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: door, Account: bob.Account, Actions: []Action{History, Audio}}))
	r.must(r.Grant(ctx, ann, GrantRequest{Camera: door, Account: deaf.Account, Actions: []Action{History, Export, Star, Delete}}))
	heard := &recorder.EventText{Class: "bark", Score: 0.9, Sources: []media.Source{media.SourceSound}}
	r.clock.Advance(time.Minute)
	sound := r.noticed(door, media.KindSound, recorder.EventText{Heard: heard})
	r.clock.Advance(time.Minute)
	both := r.notice(door, recorder.EventText{Zone: "gate", Score: 0.5, Sources: []media.Source{media.SourceMotion}, Heard: heard})
	r.clock.Advance(time.Minute)
	clip, _ := r.record(door)
	head, err := r.store.Clip(ctx, clip)
	r.must(err)
	r.sql("UPDATE event SET kind = 'sound' WHERE id = ?", head.Event[:])

	ids := func(c account.Caller, f EventFilter) (out []media.EventID) {
		t.Helper()
		page, err := r.Events(ctx, c, f)
		r.must(err)
		for _, e := range page.Events {
			out = append(out, e.ID)
			if hears := c.Account != deaf.Account; hears != slices.Contains(e.Sources, media.SourceSound) && e.ID != head.Event || e.Heard != nil {
				t.Errorf("%v: %+v", c.Account, e)
			}
		}
		return out
	}
	for _, x := range []struct {
		f        EventFilter
		all, few []media.EventID
	}{
		{EventFilter{}, []media.EventID{head.Event, both, sound}, []media.EventID{both}},
		{EventFilter{Camera: &door}, []media.EventID{head.Event, both, sound}, []media.EventID{both}},
		{EventFilter{Kind: media.KindSound}, []media.EventID{head.Event, sound}, nil},
		{EventFilter{Class: "bark"}, []media.EventID{both, sound}, nil},
		{EventFilter{Text: "bark"}, []media.EventID{both, sound}, nil},
		{EventFilter{Zone: "gate"}, []media.EventID{both}, []media.EventID{both}},
	} {
		for _, c := range []account.Caller{ann, bob} {
			if got := ids(c, x.f); !slices.Equal(got, x.all) {
				t.Errorf("%+v: %v of %v", x.f, got, x.all)
			}
		}
		if got := ids(deaf, x.f); !slices.Equal(got, x.few) {
			t.Errorf("%+v, unheard: %v of %v", x.f, got, x.few)
		}
	}
	for _, c := range []account.Caller{ann, bob, deaf} {
		want := map[bool]error{true: ErrNotFound}[c.Account == deaf.Account]
		if _, err := r.Event(ctx, c, sound); err != want {
			t.Errorf("%v: %v", c.Account, err)
		}
		if _, err := r.AdmitClip(ctx, c, clip, History); err != want {
			t.Errorf("%v: %v", c.Account, err)
		}
		if e, err := r.Event(ctx, c, both); err != nil || e.Zone != "gate" || (e.Score == 0.9) != (want == nil) || (e.Class == "bark") != (want == nil) {
			t.Errorf("%v: %+v, %v", c.Account, e, err)
		}
	}
	for _, a := range []Action{Star, Delete} {
		if _, err := r.AdmitEvent(ctx, deaf, sound, a); err != ErrNotFound {
			t.Errorf("%s: %v", a, err)
		}
	}
	if _, err := r.AdmitClip(ctx, deaf, clip, Export); err != ErrNotFound {
		t.Errorf("exported: %v", err)
	}
	for who, clips := range map[*account.Caller]int64{&ann: 1, &bob: 1, &deaf: 0} {
		if c, err := r.Camera(ctx, *who, door); err != nil || c.Clips != clips {
			t.Errorf("%v: %d clips, %v", who.Account, c.Clips, err)
		}
	}
}
