package app

import (
	"slices"
	"testing"
	"time"

	"lares/cameras"
	"lares/cameras/media"
)

// TestLost: a camera is looked for once it did not answer for a while, often at
// first; one that answers in any way is not.
func TestLost(t *testing.T) {
	door := media.NewCameraID()
	l := lost{}
	began := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, step := range []struct {
		after  time.Duration
		state  cameras.State
		away   bool
		search bool
	}{
		{0, cameras.Connecting, false, false},
		{4 * time.Second, cameras.Unreachable, false, false},
		{5 * time.Second, cameras.Connecting, true, true},
		{2 * time.Minute, cameras.AnotherDevice, true, false},
		{3 * time.Minute, cameras.Frozen, false, false},
		{3*time.Minute + time.Second, cameras.WrongPassword, false, false},
		{3*time.Minute + 6*time.Second, cameras.WrongPassword, true, true},
		{4 * time.Minute, cameras.Private, false, false},
	} {
		away, search := l.look(map[media.CameraID]cameras.Status{door: {State: step.state}}, began.Add(step.after))
		if slices.Contains(away, door) != step.away || search != step.search {
			t.Errorf("after %v: away %v, search %v", step.after, away, search)
		}
	}
	l.look(map[media.CameraID]cameras.Status{door: {State: cameras.Unreachable}}, began)
	if l.look(nil, began); len(l) != 0 {
		t.Error("a camera that is gone is looked for")
	}
}
