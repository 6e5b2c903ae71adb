package recorder

import (
	"slices"
	"testing"
	"time"

	"lares/cameras/media"
)

// writes waits until a clip of an event is written.
func (h *house) writes(event media.EventID) {
	h.t.Helper()
	wait(h.t, "its clip", func() bool {
		return slices.ContainsFunc(h.index.all(), func(c ClipRow) bool { return c.Event == event })
	})
}

// TestVisits: who comes by some seconds after somebody else is another event, with a
// picture, a pre-roll and words of its own; the clip of the first one reaches up to there at
// least.
func TestVisits(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.cam.pictures(120)
	says := h.teller()
	first := says.tell(media.SourceMotion, true, 2*time.Second, media.Event{Zones: []string{"gate"}})
	h.recording()
	h.pass(20)
	says.see(900, 0, "the first")
	h.pass(10)
	says.tell(media.SourceMotion, false, 2*time.Second, media.Event{})
	ended := h.clock.Now().Add(-2 * time.Second)
	h.pass(55)
	began := h.clock.Now().Add(-2 * time.Second)
	second := says.tell(media.SourceMotion, true, 2*time.Second, media.Event{Zones: []string{"path"}})
	says.see(400, time.Second, "the second")
	told := h.clock.Now()
	if second == first {
		t.Fatal("the same event")
	}
	h.writes(second)
	h.r.Recognise(Recognised{Camera: h.cam.id, Event: first, Run: h.cam.run.Run(), Source: media.SourceDetector, Class: "person", Score: 0.9})
	h.pass(40)
	says.tell(media.SourceMotion, false, time.Second, media.Event{})
	h.finish()

	rows := h.clips(2)
	for i, event := range []media.EventID{first, second} {
		if rows[i].Event != event {
			t.Fatalf("clip %d is of another event", i)
		}
		if o := h.open(rows[i], h.vault.store); string(o.thumb) != []string{"the first", "the second"}[i] {
			t.Errorf("the picture of event %d is %q", i, o.thumb)
		}
	}
	if e := h.index.event(first); !e.End.Equal(ended) || string(e.Text.Sealed) != `sealed {"class":"person","zone":"gate","score":0.9,"sources":["motion","detector"]}` {
		t.Errorf("the first ended at %v, not at %v, and %s", e.End, ended, e.Text.Sealed)
	}
	if e := h.index.event(second); !e.Start.Equal(began) || string(e.Text.Sealed) != `sealed {"zone":"path","sources":["motion"]}` {
		t.Errorf("the second began at %v, not at %v, and %s", e.Start, began, e.Text.Sealed)
	}
	if end := rows[0].Start.Add(rows[0].Duration); end.Before(told.Add(-time.Second)) || end.After(told.Add(time.Second)) {
		t.Errorf("the first clip ends at %v, and the second visit was told at %v", end, told)
	}
	if before := began.Sub(rows[1].Start); before < 5*time.Second || before > 7*time.Second {
		t.Errorf("the second clip begins %v before its visit", before)
	}
}

// TestVisitApart: who stands still for as long as motion goes on over, and a little longer, is the
// same visit; two who come by three seconds apart are two.
func TestVisitApart(t *testing.T) {
	at := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	for still, visits := range map[time.Duration]bool{2900 * time.Millisecond: false, visitApart: false, 3100 * time.Millisecond: true} {
		var s situation
		s.trigger(Trigger{Kind: media.KindMotion, Source: media.SourceMotion, Active: true, At: at}, at, Roll{})
		s.trigger(Trigger{Kind: media.KindMotion, Source: media.SourceMotion, At: at}, at, Roll{})
		if got := s.visits(Trigger{Kind: media.KindMotion, Source: media.SourceMotion, Active: true, At: at.Add(still)}); got != visits {
			t.Errorf("motion after %v: another visit is %v", still, got)
		}
	}
}

// TestRings: who rings, and who tampers with the camera, is an event of its own whatever
// goes on, in which what moves goes on; once more at once is the same ring.
func TestRings(t *testing.T) {
	for _, kind := range []media.Kind{media.KindDoorbell, media.KindTamper} {
		h := newHouse(t)
		h.start()
		h.cam.pictures(120)
		says := h.teller()
		moves := says.tell(media.SourceMotion, true, time.Second, media.Event{})
		h.recording()
		h.pass(100)
		ring := func() media.EventID { return h.trigger(Trigger{Kind: kind, Hold: true, Source: media.SourceCamera}) }
		rang := h.clock.Now()
		first := ring()
		h.writes(first)
		h.pass(20)
		if ring() != first || first == moves {
			t.Errorf("%s: a ring is no event of its own, or two are not one", kind)
		}
		h.pass(60)
		second := ring()
		h.writes(second)
		h.pass(150) // more than the post-roll, and something moves
		if again := says.tell(media.SourceMotion, true, time.Second, media.Event{}); again != second || second == first {
			t.Errorf("%s: a later ring is none of its own, or what moves does not go on in it", kind)
		}
		says.tell(media.SourceMotion, false, 0, media.Event{})
		h.finish()
		if e := h.index.event(moves); e.Kind != media.KindMotion || !e.End.Equal(rang) {
			t.Errorf("%s: what moved is %s up to %v, want motion up to %v", kind, e.Kind, e.End, rang)
		}
		rows := h.clips(3)
		for i, event := range []media.EventID{moves, first, second} {
			if rows[i].Event != event || i > 0 && h.index.event(event).Kind != kind {
				t.Errorf("%s: clip %d is of another event or kind", kind, i)
			}
		}
		if before := rang.Sub(rows[1].Start); before < 5*time.Second || before > 7*time.Second {
			t.Errorf("%s: its clip begins %v before it", kind, before)
		}
	}
}

// TestRestless: a place that is never at rest has so many events one after the other, and
// then one goes on within its post-roll.
func TestRestless(t *testing.T) {
	var v visits
	now := time.Unix(1000, 0)
	for i := range visitsAtOnce {
		if !v.take(now) {
			t.Fatalf("visit %d is none", i)
		}
	}
	if v.take(now) || v.take(now.Add(visitRefill-time.Second)) {
		t.Error("one more is one")
	}
	if !v.take(now.Add(visitRefill)) || v.take(now.Add(visitRefill)) {
		t.Error("a while later one more is none, or two are")
	}
}

// TestEventsAtTheEnd: what begins a moment before the hub stops is listed, and has an end, as
// what it began behind has.
func TestEventsAtTheEnd(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.cam.pictures(120)
	events := []media.EventID{h.trigger(Trigger{Active: true})}
	h.recording()
	h.pass(20)
	for range 10 {
		for _, kind := range []media.Kind{media.KindDoorbell, media.KindTamper} {
			events = append(events, h.trigger(Trigger{Kind: kind, Hold: true, Source: media.SourceCamera}))
		}
	}
	h.halt()
	for i, event := range events {
		if e := h.index.event(event); e.Start.IsZero() || e.End.IsZero() {
			t.Errorf("event %d of %d is from %v to %v", i, len(events), e.Start, e.End)
		}
	}
}
