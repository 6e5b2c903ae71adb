package recorder

import (
	"testing"
	"time"

	"lares/cameras/media"
)

// TestDisarmed: motion and sound begin nothing while they are not to, nor do they make
// longer what goes on; all else does as ever.
func TestDisarmed(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.r.Arm(h.cam.id, false)
	h.cam.pictures(60)
	for _, kind := range []media.Kind{media.KindMotion, media.KindSound} {
		for _, at := range []Trigger{{Active: true}, {Hold: true}, {Active: true, Source: media.SourceMotion, At: h.clock.Now()}, {}} {
			at.Kind = kind
			if id := h.trigger(at); !id.IsZero() {
				t.Errorf("%+v began %v", at, id)
			}
		}
	}
	for _, kind := range []media.Kind{media.KindDoorbell, media.KindTamper, media.KindTrigger, media.KindCamera} {
		event := h.trigger(Trigger{Kind: kind, Hold: true})
		if event.IsZero() {
			t.Fatalf("%s began nothing", kind)
		}
		rang := h.clock.Now()
		h.recording()
		h.cam.pictures(30)
		h.trigger(Trigger{Active: true, Source: media.SourceSound})
		h.trigger(Trigger{Source: media.SourceSound})
		h.finish()
		if e := h.index.event(event); !e.End.Equal(rang) {
			t.Errorf("%s: its end at %v became %v", kind, rang, e.End)
		}
		h.cam.pictures(20) // as often as files may follow each other
	}
	h.clips(4)
}

// TestDisarmedGoesOn: what goes on when motion begins no events any more goes on to
// its end, however often that is said again, and the next one begins nothing; nor does
// what another source noticed meanwhile.
func TestDisarmedGoesOn(t *testing.T) {
	h := newHouse(t)
	h.start()
	event := h.motion(60)
	h.r.Arm(h.cam.id, false)
	h.cam.pictures(30)
	h.drained()
	if again := h.trigger(Trigger{Active: true}); again != event {
		t.Error("it does not go on")
	}
	if other := h.trigger(Trigger{Active: true, Source: media.SourceMotion, At: h.clock.Now()}); !other.IsZero() {
		t.Error("another source's motion counts")
	}
	h.cam.pictures(30)
	h.drained()
	end := h.clock.Now()
	h.still()
	h.clips(1)
	if e := h.index.event(event); !e.End.Equal(end) {
		t.Errorf("it ended at %v, not at %v", e.End, end)
	}
	if id := h.trigger(Trigger{Active: true}); !id.IsZero() {
		t.Error("the next one began an event")
	}
}

// TestArmedAgain: what still goes on when motion counts again is an event from then;
// what ended before, or of which nothing was heard for long, is none.
func TestArmedAgain(t *testing.T) {
	h := newHouse(t)
	h.start()
	arm := func(armed bool) (event media.EventID) {
		t.Helper()
		h.r.Arm(h.cam.id, armed)
		s, _ := h.r.Status(h.cam.id)
		return s.Event
	}
	arm(false)
	h.cam.pictures(60)
	h.trigger(Trigger{Active: true})
	h.trigger(Trigger{})
	if !arm(true).IsZero() {
		t.Error("what was over began an event")
	}
	arm(false)
	h.trigger(Trigger{Kind: media.KindSound, Active: true, Source: media.SourceSound})
	h.clock.Advance(activeLimit - time.Minute)
	h.trigger(Trigger{Active: true}) // and sound was not heard of again
	h.trigger(Trigger{Hold: true})   // a moment ends no state
	h.clock.Advance(2 * time.Minute)
	h.cam.pictures(60)
	event := arm(true)
	if event.IsZero() {
		t.Fatal("what goes on began no event")
	}
	began := h.clock.Now()
	arm(true)
	h.recording()
	h.cam.pictures(150)
	h.still()
	if e := h.index.event(event); e.Kind != media.KindMotion || !e.Start.Equal(began) {
		t.Errorf("it is %+v, from %v", e, began)
	}
	h.clips(1)
	if id := h.trigger(Trigger{Active: true}); id.IsZero() || id == event {
		t.Error("the next one is no event of its own")
	}
}

// TestToldAfterDisarmed: what is told late, and began before motion was to begin
// nothing, is an event; said again, the later word alone decides nothing.
func TestToldAfterDisarmed(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.cam.pictures(60)
	before := h.clock.Now()
	h.clock.Advance(time.Second)
	h.r.Arm(h.cam.id, false)
	h.clock.Advance(time.Second)
	h.r.Arm(h.cam.id, false) // the first time counts
	late := Trigger{Active: true, Source: media.SourceMotion, At: before.Add(1500 * time.Millisecond)}
	if id := h.trigger(late); !id.IsZero() {
		t.Error("what began after it is an event")
	}
	late.At = before
	if id := h.trigger(late); id.IsZero() {
		t.Error("what began before is none")
	}
}
