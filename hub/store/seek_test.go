package store

import (
	"testing"
	"time"

	"lares/cameras/media"
	"lares/recorder"
)

// TestSeekRows: the clip of a time is found, of several the one that began last, else the next
// on the wanted side; none of before the history, none that is being removed or was only heard.
func TestSeekRows(t *testing.T) {
	s, ctx := openTest(t), t.Context()
	cam, other := media.NewCameraID(), media.NewCameraID()
	put := func(camera media.CameraID, at, length time.Duration, state recorder.ClipState, kind media.Kind) media.ClipID {
		t.Helper()
		c := clipRow(camera, t0.Add(at))
		c.Duration, c.State, c.Stretch = length, state, kind == ""
		if kind != "" {
			if err := s.EventPut(ctx, recorder.EventRow{Event: c.Event, Camera: camera, Kind: kind, Start: c.Start}); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.ClipClosed(ctx, c); err != nil {
			t.Fatal(err)
		}
		return c.Clip
	}
	const m = time.Minute
	early := put(cam, -20*m, m, recorder.StateComplete, "")
	stretch := put(cam, 0, 5*m, recorder.StateComplete, "")
	event := put(cam, 5*m-5*time.Second, m, recorder.StateComplete, media.KindMotion)
	put(cam, 10*m, m, recorder.StateRemoving, media.KindMotion)
	sound := put(cam, 20*m, m, recorder.StateComplete, media.KindSound)
	open := put(cam, 30*m, 0, recorder.StateOpen, "")
	put(other, 0, time.Hour, recorder.StateComplete, "")
	for _, x := range []struct {
		name       string
		at         time.Duration
		back, deaf bool
		not, want  media.ClipID
	}{
		{name: "within", at: m, want: stretch},
		{name: "its begin", at: 0, want: stretch},
		{name: "where two are, the later one", at: 5*m - time.Second, want: event},
		{name: "its end is not in it", at: 5 * m, want: event},
		{name: "the same but not that", at: 5*m - time.Second, not: event, want: stretch},
		{name: "in a gap", at: 8 * m, want: sound},
		{name: "in a gap, back", at: 8 * m, back: true, want: event},
		{name: "what was only heard", at: 20*m + time.Second, deaf: true, want: open},
		{name: "what was only heard, back", at: 20*m + time.Second, deaf: true, back: true, want: event},
		{name: "what is being written", at: 32 * m, want: open},
		{name: "of before the history", at: -20*m + time.Second, want: stretch},
		{name: "of before the history, back", at: -m, back: true},
		{name: "after all", at: time.Hour, not: open},
	} {
		q := SeekQuery{Camera: cam, History: t0.Add(-10 * m), Heard: !x.deaf, At: t0.Add(x.at), Back: x.back, Not: x.not}
		got, err := s.Seek(ctx, q)
		if err != nil || len(got) > 1 || (len(got) == 1) != !x.want.IsZero() || len(got) == 1 && (got[0].Clip != x.want || got[0].Camera != cam) {
			t.Errorf("%s: %+v, %v", x.name, got, err)
		}
	}
	q := SeekQuery{Camera: cam, History: fromMS(0), Heard: true, At: t0.Add(-m), Back: true}
	if got, err := s.Seek(ctx, q); err != nil || len(got) != 1 || got[0].Clip != early {
		t.Errorf("who may see all: %+v, %v", got, err)
	}
}
