package app

import (
	"testing"
	"time"

	"lares/cameras/media"
	"lares/recorder"
)

// TestAdoptByMonths: what a survey finds is listed month by month, and an event that goes on over the end of one, or
// is of very many parts, is one all the same; what the database has, and what is of nobody's camera, is left alone.
func TestAdoptByMonths(t *testing.T) {
	ctx, h := t.Context(), stopped(t, t.TempDir())
	defer h.close()
	door, yard := inhabit(t, h, "ann"), inhabit(t, h, "bob")
	a := adopting{h: h, known: map[media.CameraID]bool{door: true, yard: true}}
	var rows []recorder.ClipRow
	lay := func(camera media.CameraID, at time.Time, long time.Duration, stretch bool) {
		rows = append(rows, recorder.ClipRow{Clip: media.NewClipID(), Camera: camera, KID: media.KeyID{15: 1}, Start: at, Duration: long, State: recorder.StateComplete, Stretch: stretch})
	}
	february := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
	lay(door, february.Add(-time.Minute), 20*time.Second, false)
	lay(door, february.Add(-10*time.Second), 10*time.Second, false) // goes on
	lay(door, february.Add(-40*time.Second), 30*time.Second, true)
	lay(door, february, 10*time.Second, false)
	lay(door, february.Add(time.Hour), time.Second, false)
	for n := range adoptAtOnce + 100 {
		lay(yard, february.Add(time.Duration(n)*time.Second), time.Second, false)
	}
	for n := range adoptAtOnce + 100 {
		lay(yard, february.Add(time.Hour+time.Duration(n)*time.Second), time.Second, true)
	}
	lay(media.NewCameraID(), february, time.Second, false)
	want := adopted{clips: len(rows) - 1, events: 4, homeless: 1}
	for _, again := range []bool{false, true} {
		if again {
			a.found, want = adopted{}, adopted{homeless: 1}
		}
		for _, r := range rows {
			if err := a.take(ctx, r); err != nil {
				t.Fatal(err)
			}
		}
		if err := a.list(ctx, false); err != nil {
			t.Fatal(err)
		}
		if a.found != want {
			t.Errorf("found %+v, want %+v", a.found, want)
		}
	}
	events := map[media.EventID]int{}
	for _, r := range rows[:len(rows)-1] {
		got, err := h.store.Clip(ctx, r.Clip)
		if err != nil {
			t.Fatal(err)
		}
		if !got.Stretch {
			if got.Part != events[got.Event] {
				t.Errorf("a clip of %v is part %d of its event, want %d", got.Start, got.Part, events[got.Event])
			}
			events[got.Event]++
		}
	}
	first, _ := h.store.Clip(ctx, rows[1].Clip)
	second, _ := h.store.Clip(ctx, rows[3].Clip)
	if len(events) != 4 || first.Event != second.Event {
		t.Errorf("%d events, over the end of the month %v and %v", len(events), first.Event, second.Event)
	}
}
