package app

import (
	"testing"
	"time"

	"lares/cameras/media"
	"lares/recorder"
)

// TestGroup: of clips that are listed anew, those that follow each other are one event,
// whatever was recorded between and beside them; a stretch is none.
func TestGroup(t *testing.T) {
	t0 := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	at := func(from, to int, stretch bool) recorder.ClipRow {
		return recorder.ClipRow{Clip: media.NewClipID(), Start: t0.Add(time.Duration(from) * time.Second), Duration: time.Duration(to-from) * time.Second, Stretch: stretch}
	}
	rows := []recorder.ClipRow{at(0, 20, true), at(15, 30, false), at(30, 40, false), at(31, 39, true), at(40, 50, false), at(50, 300, true), at(100, 110, false)}
	events := group(rows)
	if len(events) != 2 || !events[0].Start.Equal(rows[1].Start) || !events[0].End.Equal(t0.Add(50*time.Second)) {
		t.Fatalf("%+v", events)
	}
	ids := map[media.EventID]bool{events[0].Event: true, events[1].Event: true}
	for i, want := range []struct{ event, part int }{{-1, 0}, {0, 0}, {0, 1}, {-1, 0}, {0, 2}, {-1, 0}, {1, 0}} {
		r := rows[i]
		if r.Part != want.part || want.event >= 0 && r.Event != events[want.event].Event || want.event < 0 && (r.Event.IsZero() || ids[r.Event]) {
			t.Errorf("clip %d is part %d of %v", i, r.Part, r.Event)
		}
		ids[r.Event] = true
	}
}
