package httpapi

import (
	"slices"
	"testing"
	"time"

	"lares/cameras/fakecam"
	"lares/cameras/media"
	"lares/hub/gate"
)

// TestGrantsAroundATrigger shares a camera again and again, once a second, while
// something happens before it: the clips hold the time before the trigger and
// every picture from there on, although each grant changes keys.
func TestGrantsAroundATrigger(t *testing.T) {
	t.Parallel()
	r, alice, cam := newFront(t)
	friends := []*person{r.person("bob"), r.person("carol"), r.person("dave"), r.person("eve"), r.person("frank"), r.person("grace")}
	began := time.Now()
	var triggered struct{ Event media.EventID }
	var at time.Time
	for i, p := range friends {
		if i == 3 {
			at = time.Now()
			decode(t, alice.do("POST", alice.path("/cameras/%s/trigger", cam), nil), &triggered)
		}
		r.grant(alice, cam, p, gate.Live, gate.History)
		time.Sleep(time.Until(began.Add(time.Duration(i+1) * time.Second)))
	}
	var parts []eventClip
	wait(t, "the event to end", func() bool {
		var page struct{ Events []eventView }
		decode(t, alice.do("GET", alice.path("/events?camera=%s", cam), nil), &page)
		i := slices.IndexFunc(page.Events, func(e eventView) bool { return e.ID == triggered.Event && !e.Recording })
		if i >= 0 {
			parts = page.Events[i].Clips
		}
		return i >= 0
	})
	if before := at.Sub(time.Time(parts[0].Start)); before < rigPreRoll {
		t.Errorf("the first clip begins %v before the trigger, want %v at least", before, rigPreRoll)
	}
	if len(parts) < 2 {
		t.Errorf("%d parts: no grant changed the key", len(parts))
	}
	var next uint64
	for i, c := range parts {
		marks := fakecam.FindMarks(bodyOf(t, alice.do("GET", alice.path("/clips/%s/clip.mp4", c.ID), nil)))
		if len(marks) == 0 {
			t.Fatalf("part %d is empty: %+v", i, c)
		}
		for _, m := range marks {
			if next != 0 && m.Frame != next {
				t.Errorf("part %d: picture %d follows %d", i, m.Frame, next-1)
			}
			next = m.Frame + 1
		}
	}
}
