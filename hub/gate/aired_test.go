package gate

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/cameras/schedule"
	"lares/hub/journal"
)

// TestAired: what takes a camera off the air by itself is journalled once, with
// its cause, also when the hub was not running; what a person did is theirs alone.
func TestAired(t *testing.T) {
	r := newRig(t)
	list := r.told()
	ctx := t.Context()
	ann := r.person("ann")
	door, plain := r.camera(ann, "door"), r.camera(ann, "plain")
	p, err := r.Admit(ctx, ann, door, Manage)
	r.must(err)
	tell := func() {
		t.Helper()
		for range 2 { // each minute, whether or not something changed
			all, _, err := r.WorkerCameras(ctx)
			r.must(err)
			for _, c := range all {
				r.must(r.Aired(ctx, c.ID, c.Private))
			}
		}
	}
	restart := func() { r.Gate.off = map[media.CameraID]bool{} }
	minutes := func(t time.Time) int { return t.Hour()*60 + t.Minute() }
	from := r.clock.Now().Add(time.Hour).Truncate(time.Minute)
	to := from.Add(time.Hour)
	tell()
	r.must(r.SetPrivacyTimes(ctx, p, schedule.Week{{Days: []time.Weekday{from.Weekday()}, From: minutes(from), To: minutes(to)}}))
	tell()
	r.clock.Advance(from.Sub(r.clock.Now()))
	tell() // it begins
	list(ann)
	restart()
	tell()
	r.must(r.SetPrivacy(ctx, p, false)) // ended early
	tell()
	list(ann)
	restart()
	tell()
	r.clock.Advance(to.Sub(r.clock.Now()))
	tell()
	r.clock.Advance(from.AddDate(0, 0, 7).Sub(r.clock.Now()))
	list(ann)
	restart() // the hub was off when it began
	tell()
	list(ann)
	r.clock.Advance(to.AddDate(0, 0, 7).Sub(r.clock.Now()))
	restart() // and when it ended
	tell()
	now := r.clock.Now()
	r.clock.Advance(-10 * 24 * time.Hour) // before the program was built
	tell()
	r.clock.Advance(now.Sub(r.clock.Now()))
	tell()
	r.must(r.Aired(ctx, door, true)) // it is not any more
	r.must(r.Aired(ctx, media.NewCameraID(), true))

	var got []string
	for _, e := range list(ann) {
		if e.Kind != journal.Privacy {
			continue
		}
		if e.Camera != door || (e.Account == ann.Account) != (e.Detail["cause"] == "asked") || e.Owner != ann.Account {
			t.Errorf("%+v", e)
		}
		got = append(got, fmt.Sprint(e.Detail["cause"], " ", e.Detail["off"]))
	}
	want := []string{"asked false", "times true", "asked false", "times true", "times false", "clock true", "times false"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, not %q; the other is %v", got, want, plain)
	}
}
