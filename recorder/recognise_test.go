package recorder

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"lares/cameras/media"
)

// shown are the pictures that a recorder tells of.
type shown struct {
	mu   sync.Mutex
	list []Picture
}

func (s *shown) pictured(p Picture) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = append(s.list, p)
}

// sizes are how much they show, in turn.
func (s *shown) sizes() (sizes []int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.list {
		sizes = append(sizes, p.Size)
	}
	return sizes
}

// person is what is recognised on a picture of an event of the house's camera.
func (h *house) person(event media.EventID, run media.RunID) Recognised {
	return Recognised{
		Camera: h.cam.id, Event: event, Run: run, Source: media.SourceDetector,
		Class: "person", Labels: []string{"vehicle", "car"}, Score: 0.9, Box: &media.Box{Left: 0.25, Width: 0.5, Height: 1},
	}
}

// said waits for the text of an event in the index.
func (h *house) said(event media.EventID, want string) {
	h.t.Helper()
	wait(h.t, "the text "+want, func() bool { return string(h.index.event(event).Text.Sealed) == "sealed "+want })
}

const (
	alone  = `{"class":"person","score":0.9,"labels":["vehicle","car"],"sources":["detector"],"box":{"left":0.25,"top":0,"width":0.5,"height":1}}`
	agreed = `{"class":"person","zone":"gate","score":0.9,"labels":["vehicle","car"],"sources":["motion","detector"],"box":{"left":0.25,"top":0,"width":0.5,"height":1}}`
)

// TestPicturesOfAnEvent: of each picture of an event that shows more than those before it
// is told, of the camera's own too, with the event; of none without an event.
func TestPicturesOfAnEvent(t *testing.T) {
	h := newHouse(t)
	h.cam.snapshot = []byte("the camera's own")
	var told shown
	h.start(func(c *Config, _ *Recorder) { c.Pictured = told.pictured })
	h.cam.pictures(60)
	says := h.teller()
	says.see(900, 0, "of nothing")
	event := says.tell(media.SourceMotion, true, 0, media.Event{Zones: []string{"gate"}})
	h.recording()
	wait(t, "the camera's own picture", func() bool { h.cam.picture(); return len(told.sizes()) == 1 })
	for _, size := range []int{150, 400, 300, 400, 500} {
		says.see(size, 0, "of it")
	}
	if got := fmt.Sprint(told.sizes()); got != "[0 150 400 500]" {
		t.Errorf("told of %s", got)
	}
	for _, p := range told.list {
		if p.Camera != h.cam.id || p.Event != event || p.Unit.Type != media.UnitSnapshot || p.Unit.Camera != h.cam.id {
			t.Errorf("%+v", p)
		}
	}
	h.finishAfter(func() { says.tell(media.SourceMotion, false, 0, media.Event{}) })
}

// TestRecognise: what is recognised on a picture of an event that goes on joins what is
// said of it, and makes it last no longer; after its end too, for a minute, and of none
// else. The index tells of each change.
func TestRecognise(t *testing.T) {
	h := newHouse(t)
	var told []media.EventID
	var mu sync.Mutex
	h.start(func(c *Config, _ *Recorder) {
		c.Listed = func(_ media.CameraID, id media.EventID) {
			mu.Lock()
			defer mu.Unlock()
			told = append(told, id)
		}
	})
	h.cam.pictures(60)
	says := h.teller()
	run := h.cam.run.Run()
	event := says.tell(media.SourceMotion, true, 0, media.Event{Zones: []string{"gate"}})
	h.recording()
	h.r.Recognise(h.person(event, run))
	h.said(event, agreed)
	h.r.Recognise(h.person(media.NewEventID(), run))
	h.r.Recognise(Recognised{Camera: media.NewCameraID(), Event: event, Run: run, Class: "animal"})
	h.r.Recognise(Recognised{Camera: h.cam.id, Run: run, Class: "animal"})
	h.finishAfter(func() { says.tell(media.SourceMotion, false, 0, media.Event{}) })
	h.said(event, agreed)
	end := h.index.event(event).End
	if notes := h.open(h.clips(1)[0], h.vault.store).notes; len(notes) != 1 {
		t.Errorf("the clip notes %+v", notes)
	}

	h.cam.pictures(100)
	late := h.trigger(Trigger{Hold: true})
	h.recording()
	h.finish()
	over := h.index.event(late)
	if over.Text.Sealed != nil {
		t.Fatalf("said %s before anything was", over.Text.Sealed)
	}
	h.r.Recognise(h.person(event, run))
	h.r.Recognise(h.person(late, media.NewRunID()))
	h.r.Recognise(h.person(late, run))
	h.said(late, alone)
	h.r.Recognise(Recognised{Camera: h.cam.id, Event: late, Run: run, Source: media.SourceDetector, Class: "animal", Score: 0.5})
	const both = `{"class":"person","score":0.9,"labels":["vehicle","car","animal"],"sources":["detector"],"box":{"left":0.25,"top":0,"width":0.5,"height":1}}`
	h.said(late, both)
	if e := h.index.event(late); !e.End.Equal(over.End) || !e.Start.Equal(over.Start) {
		t.Errorf("it went from %v to %v, and now from %v to %v", over.Start, over.End, e.Start, e.End)
	}
	if e := h.index.event(event); !e.End.Equal(end) {
		t.Errorf("the first ended at %v, and now at %v", end, e.End)
	}
	h.clock.Advance(recogniseWithin + time.Second)
	h.r.Recognise(Recognised{Camera: h.cam.id, Event: late, Run: run, Source: media.SourceDetector, Class: "package"})
	h.idle()
	h.said(late, both)
	mu.Lock()
	defer mu.Unlock()
	n := 0
	for _, id := range told {
		if id == late {
			n++
		}
	}
	if n < 4 { // its begin, its end, and two changes
		t.Errorf("told %d times of the event that changed after its end", n)
	}
}

// TestRecogniseHoldsNothing: an event ends when it would without what is recognised in
// its last second.
func TestRecogniseHoldsNothing(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.cam.pictures(60)
	at := h.clock.Now()
	event := h.trigger(Trigger{Hold: true})
	h.recording()
	h.pass(90)
	h.r.Recognise(h.person(event, h.cam.run.Run()))
	h.said(event, alone)
	h.finish()
	row := h.clips(1)[0]
	if end := row.Start.Add(row.Duration); end.After(at.Add(11*time.Second)) || !h.index.event(event).End.Equal(at) {
		t.Errorf("the clip ends %v after the event, which ended %v after it began", end.Sub(at), h.index.event(event).End.Sub(at))
	}
	h.said(event, alone)
}

// TestRecogniseAfterAnEpoch: what is seen on a picture of an epoch is sealed to that
// epoch's key, and gives way to what is said in a later one.
func TestRecogniseAfterAnEpoch(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.cam.pictures(60)
	says := h.teller()
	before := h.cam.run.Run()
	event := says.tell(media.SourceMotion, true, 0, media.Event{Zones: []string{"gate"}})
	h.recording()
	first := h.index.event(event).Text.KID
	h.vault.bump(t)
	h.cam.newRun(h.r)
	after := h.cam.run.Run()
	h.cam.pictures(10)
	h.r.Recognise(h.person(event, before))
	h.said(event, agreed)
	if kid := h.index.event(event).Text.KID; kid != first {
		t.Error("a picture of before is sealed to the new epoch's key")
	}
	h.r.Recognise(h.person(event, after))
	h.said(event, alone)
	second := h.index.event(event).Text.KID
	if second == first {
		t.Error("a picture of after is sealed to the old epoch's key")
	}
	h.r.Recognise(Recognised{Camera: h.cam.id, Event: event, Run: before, Source: media.SourceDetector, Class: "animal"})
	h.finishAfter(func() { h.teller().tell(media.SourceMotion, false, 0, media.Event{}) })
	h.r.Recognise(Recognised{Camera: h.cam.id, Event: event, Run: before, Source: media.SourceDetector, Class: "animal"})
	h.idle()
	if e := h.index.event(event); e.Text.KID != second {
		t.Errorf("the text is sealed to another key again: %s", e.Text.Sealed)
	}
}
