package httpapi

import (
	"bytes"
	"testing"
	"time"

	"lares/cameras/fakecam"
	"lares/cameras/media"
	"lares/recorder"
)

// event reads one event of a camera.
func (p *person) event(camera media.CameraID, id media.EventID) (found eventView, ok bool) {
	p.r.t.Helper()
	var page struct{ Events []eventView }
	decode(p.r.t, p.do("GET", p.path("/events?camera=%s", camera), nil), &page)
	for _, e := range page.Events {
		if e.ID == id {
			return e, true
		}
	}
	return found, false
}

// TestParts: a camera that changes its picture every two seconds makes an event
// of several parts. All of them are listed, in order, and each can be played by
// its owner and by nobody else; together they are as long as what happened.
func TestParts(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice, bob := r.person("alice"), r.person("bob")
	cam, device := alice.camera(fakecam.Options{Name: "alice front", Source: fakecam.TestCard{}})
	device.SetFault(fakecam.Resolution)
	trigger := func() (triggered struct{ Event media.EventID }) {
		decode(t, alice.do("POST", alice.path("/cameras/%s/trigger", cam), nil), &triggered)
		return triggered
	}
	id := trigger().Event
	var event eventView
	for most := 1; most <= 4; most++ {
		wait(t, "another part", func() bool {
			if again := trigger(); again.Event != id { // it keeps the event going, however long a part takes
				t.Fatalf("another event, %s, while %s goes on", again.Event, id)
			}
			event, _ = alice.event(cam, id)
			return len(event.Clips) >= most
		})
		if !event.Recording || event.Clip != event.Clips[0].ID {
			t.Errorf("while it is recorded: %+v", event)
		}
	}
	wait(t, "the event's end", func() bool {
		event, _ = alice.event(cam, id)
		return !event.Recording && !time.Time(event.End).IsZero()
	})
	checkParts(t, alice, event)
	for _, c := range event.Clips {
		checkForeign(t, bob, c.ID)
	}
	if _, ok := bob.event(cam, id); ok {
		t.Error("another account's event is listed")
	}
}

// checkParts plays every part, compares what is said of it in both places, and
// the sum with the time on the wall.
func checkParts(t *testing.T, p *person, e eventView) {
	t.Helper()
	if len(e.Clips) < 4 || e.Clip != e.Clips[0].ID { // a worker that is short of time makes no thumbnail
		t.Fatalf("%+v", e)
	}
	var sum, gaps time.Duration
	var end time.Time
	var before uint16
	for i, c := range e.Clips {
		var v struct{ Clip clipView }
		decode(t, p.do("GET", p.path("/clips/%s", c.ID), nil), &v)
		if k := v.Clip; k.ID != c.ID || k.Event != e.ID || k.Part != i || k.Start != c.Start || c.Recording || k.Duration-c.Duration > 1 || c.Duration-k.Duration > 1 {
			t.Errorf("part %d is %+v, and in the list %+v", i, k, c)
		}
		if len(v.Clip.Tracks) == 0 || v.Clip.Tracks[0].Width == before {
			t.Errorf("part %d has the picture of the one before: %+v", i, v.Clip.Tracks)
		} else {
			before = v.Clip.Tracks[0].Width
		}
		film := bodyOf(t, p.do("GET", p.path("/clips/%s/clip.mp4", c.ID), nil))
		checkFilm(t, film, "alice front")
		long := time.Duration(c.Duration) * time.Millisecond
		if i > 0 {
			gaps += time.Time(c.Start).Sub(end)
		}
		sum, end = sum+long, time.Time(c.Start).Add(long)
	}
	wall := end.Sub(time.Time(e.Clips[0].Start))
	t.Logf("%d parts, %v of %v, %v between them", len(e.Clips), sum, wall, gaps)
	const late = time.Second // that a picture may arrive on a busy machine: half of what a whole part lasts
	if off := (wall - sum).Abs(); off > late {
		t.Errorf("the parts are %v of %v", sum, wall)
	}
	if off := time.Duration(e.Duration)*time.Millisecond - sum; off.Abs() > time.Duration(len(e.Clips))*time.Millisecond {
		t.Errorf("the event says %d ms, its parts are %v", e.Duration, sum)
	}
}

// TestNoPartsIsAnEmptyList, never null: a page can go over it.
func TestNoPartsIsAnEmptyList(t *testing.T) {
	t.Parallel()
	r, alice, cam := newFront(t)
	// As the recorder enters it when no picture comes.
	must(t, r.store.EventPut(t.Context(), recorder.EventRow{Event: media.NewEventID(), Camera: cam, Kind: media.KindTrigger, Start: time.Now()}))
	b := bodyOf(t, alice.do("GET", alice.path("/events?camera=%s", cam), nil))
	if !bytes.Contains(b, []byte(`"clips":[]`)) || bytes.Contains(b, []byte(`"clip":`)) {
		t.Errorf("%s", b)
	}
}
