package httpapi

import (
	"slices"
	"testing"

	"lares/cameras/fakecam"
	"lares/cameras/media"
	"lares/hub/gate"
	"lares/hub/live"
	"lares/recorder"
)

// TestHeard: who may not hear a camera is not told over the socket, or by the camera's own
// mark, when there was something to hear, and is told of what else happened.
func TestHeard(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice, bob, carol := r.person("alice"), r.person("bob"), r.person("carol")
	door, _ := alice.camera(fakecam.Options{Name: "alice door"})
	r.grant(alice, door, bob, gate.Live, gate.History)
	r.grant(alice, door, carol, gate.Live, gate.History, gate.Audio)
	heard := &recorder.EventText{Class: "bark", Sources: []media.Source{media.SourceSound}}
	a, b, c := alice.feed(), bob.feed(), carol.feed()
	sound := r.noticed(door, media.KindSound, recorder.EventText{Heard: heard})
	both := r.notice(door, recorder.EventText{Zone: "gate", Sources: []media.Source{media.SourceMotion}, Heard: heard})
	for who, v := range map[*viewer]bool{a: true, b: false, c: true} {
		if v {
			if e := who.event(); e.ID != sound.Event || e.Class != "bark" || !slices.Equal(e.Sources, []media.Source{media.SourceSound}) {
				t.Errorf("who hears is told %+v", e)
			}
		}
		if e := who.event(); e.ID != both.Event || e.Zone != "gate" || (e.Class == "bark") != v || slices.Contains(e.Sources, media.SourceSound) != v {
			t.Errorf("who hears (%v) is told %+v", v, e)
		}
	}
	records := func(p *person) bool {
		var v struct{ Camera cameraView }
		decode(t, p.do("GET", p.path("/cameras/%s", door), nil), &v)
		return v.Camera.Recording
	}
	if _, err := r.recorder.Trigger(door, recorder.Trigger{Kind: media.KindSound, Active: true}); err != nil {
		t.Fatal(err)
	}
	wait(t, "a recording", func() bool { return records(alice) })
	if !records(carol) || records(bob) {
		t.Errorf("carol hears of it: %v; bob: %v", records(carol), records(bob))
	}
	if _, err := r.recorder.Trigger(door, recorder.Trigger{Kind: media.KindMotion, Active: true}); err != nil {
		t.Fatal(err)
	}
	if !records(bob) {
		t.Error("bob is not told of what moves")
	}
}

// TestMissedBesideSounds: who may not hear a camera is told that something else was missed
// there, whatever was heard since, and not that something was heard.
func TestMissedBesideSounds(t *testing.T) {
	t.Parallel()
	slow := &slowGate{}
	r := newRig(t, func(c *live.Config) { slow.Gate, c.Gate = c.Gate, slow })
	alice, bob := r.person("alice"), r.person("bob")
	door, yard := r.quietCamera(alice, "door"), r.quietCamera(bob, "yard")
	r.grant(alice, door, bob, gate.Live, gate.History)
	b := bob.feed()
	for _, moved := range []int{0, 1} {
		slow.mu.Lock()
		r.live.Listed(yard, media.NewEventID()) // it waits for what is said of this
		for range moved {
			r.notice(door, recorder.EventText{})
		}
		for range 4 {
			r.noticed(door, media.KindSound, recorder.EventText{})
		}
		for range 100 {
			r.live.Listed(yard, media.NewEventID()) // nobody's: not even there
		}
		slow.mu.Unlock()
		if n := b.missedUntil(r.notice(yard, recorder.EventText{}).Event); n != moved {
			t.Errorf("of %d that moved, bob hears %d times", moved, n)
		}
	}
}
