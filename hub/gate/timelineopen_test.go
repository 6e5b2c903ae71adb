package gate

import (
	"slices"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/recorder"
)

// TestTimelineStopped: what is being written is drawn up to now only where something is recorded now. A
// gap that goes on ends it where it begins; one of a camera's main stream says nothing of its sub stream.
func TestTimelineStopped(t *testing.T) {
	r := newRig(t)
	ann := r.person("ann")
	doors := map[string]media.CameraID{}
	for name, gaps := range map[string][]recorder.GapRow{
		"nothing": nil,
		"over":    {{From: t0.Add(26 * time.Minute), To: t0.Add(27 * time.Minute), Cause: recorder.GapDisk}},
		"disk":    {{From: t0.Add(28 * time.Minute), Cause: recorder.GapDisk}},
		"camera":  {{From: t0.Add(28 * time.Minute), Cause: recorder.GapCamera}},
		"before":  {{From: t0.Add(24 * time.Minute), Cause: recorder.GapDisk}},
		"two":     {{From: t0.Add(28 * time.Minute), Cause: recorder.GapOverload}, {From: t0.Add(29 * time.Minute), Cause: recorder.GapDisk}},
	} {
		door := r.camera(ann, name)
		doors[name] = door
		for _, beside := range []bool{false, true} {
			r.must(r.store.ClipOpened(t.Context(), recorder.ClipRow{
				Clip: media.NewClipID(), Camera: door, Event: media.NewEventID(), KID: media.KeyID(make([]byte, 16)), Start: t0.Add(26 * time.Minute), State: recorder.StateOpen, Stretch: true, Beside: beside,
			}))
		}
		for _, g := range gaps {
			g.Camera, g.Count = door, 1
			r.must(r.store.GapPut(t.Context(), g))
		}
	}
	r.clock.Advance(30 * time.Minute)
	for _, long := range []time.Duration{time.Hour, 48 * time.Hour} {
		for name, want := range map[string]struct{ main, sub time.Duration }{
			"nothing": {30, 30}, "over": {30, 30}, "disk": {28, 28}, "camera": {28, 30}, "before": {}, "two": {28, 29},
		} {
			got, err := r.Timeline(t.Context(), ann, TimelineFilter{Cameras: []media.CameraID{doors[name]}, From: t0, To: t0.Add(long), Buckets: 1000})
			r.must(err)
			c := got.Cameras[0]
			for which, pair := range map[string]struct {
				spans []TimeSpan
				until time.Duration
			}{"main": {c.Continuous, want.main * time.Minute}, "sub": {c.Beside, want.sub * time.Minute}} {
				var until time.Time
				if n := len(pair.spans); n > 0 {
					until = pair.spans[n-1].To
				}
				end := t0.Add(pair.until)
				if pair.until == 0 {
					if len(pair.spans) > 0 {
						t.Errorf("%s, by %v: %s %v", name, got.Step, which, pair.spans)
					}
					continue
				}
				if len(pair.spans) != 1 || until.Before(end) || until.Sub(end) >= max(got.Step, time.Second) {
					t.Errorf("%s, by %v: %s %v, want until %v", name, got.Step, which, slices.Clone(pair.spans), end)
				}
			}
		}
	}
}
