package app

import (
	"slices"
	"testing"
	"time"

	"lares/cameras"
	"lares/cameras/media"
)

// TestOutages: a camera is missed once it was away for long, whatever it was
// called meanwhile, and is told to be back once.
func TestOutages(t *testing.T) {
	door, yard := media.NewCameraID(), media.NewCameraID()
	o := outages{time.Minute, map[media.CameraID]outage{}}
	began := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, step := range []struct {
		after time.Duration
		door  cameras.State
		want  []told
	}{
		{0, cameras.Connecting, nil},
		{59 * time.Second, cameras.Unreachable, nil},
		{60 * time.Second, cameras.Connecting, []told{{door, cameras.Connecting, time.Minute, false}}},
		{70 * time.Second, cameras.Unreachable, nil},
		{80 * time.Second, cameras.Live, []told{{door, cameras.Live, 80 * time.Second, true}}},
		{81 * time.Second, cameras.Degraded, nil},
		{90 * time.Second, cameras.Frozen, nil},
		{100 * time.Second, cameras.Live, nil},
		{110 * time.Second, cameras.WrongPassword, nil},
		{170 * time.Second, cameras.WrongPassword, []told{{door, cameras.WrongPassword, time.Minute, false}}},
		{171 * time.Second, cameras.Private, nil},
		{172 * time.Second, cameras.Connecting, nil},
		{173 * time.Second, cameras.Live, nil},
	} {
		all := map[media.CameraID]cameras.Status{door: {State: step.door}, yard: {State: cameras.Live}}
		if got := o.look(all, began.Add(step.after)); !slices.Equal(got, step.want) {
			t.Errorf("after %v: %+v, want %+v", step.after, got, step.want)
		}
	}
	o.look(map[media.CameraID]cameras.Status{door: {State: cameras.Frozen}}, began)
	if o.look(nil, began); len(o.away) != 0 {
		t.Error("a camera that is gone is missed")
	}
}
