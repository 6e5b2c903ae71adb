package episode

import (
	"testing"
	"time"

	"lares/cameras/fakecam"
	"lares/cameras/motion"
)

// TestIgnored: by each change that is offered for what happened in a zone, the same pictures
// are no episode at that time any more; each kind of change is among them.
func TestIgnored(t *testing.T) {
	t.Parallel()
	look := func(s motion.Settings) (all []Episode) {
		t.Helper()
		w := Watcher{Ended: func(e Episode) { all = append(all, e) }}
		if err := w.Set(s); err != nil {
			t.Fatal(err)
		}
		var last time.Duration
		if err := fakecam.ReadH264("../fakecam/clip/people-sub.mp4", 10, func(at time.Duration, units [][]byte) error {
			last = at
			return w.Take(units, at)
		}); err != nil {
			t.Fatal(err)
		}
		w.Finish(last)
		return all
	}
	by := map[motion.Limit]int{}
	for _, zone := range []motion.Polygon{
		{{0, 0}, {1, 0}, {1, 1}, {0, 1}}, {{0, 0}, {0.2, 0}, {0.2, 1}, {0, 1}}, {{0.8, 0.5}, {1, 0.5}, {1, 1}, {0.8, 1}}, {{0, 0.5}, {0.5, 0.5}, {0.5, 1}, {0, 1}},
	} {
		s := motion.Settings{Zones: []motion.Zone{{Name: "all", Polygon: zone}}}
		for _, found := range look(s) {
			for _, e := range motion.Ignoring(*found.Why, s) {
				by[e.By]++
				for _, left := range look(e.Settings) {
					if left.From < found.To && left.To > found.From {
						t.Errorf("by %s, in %v: %+v", e.By, zone, left)
					}
				}
			}
		}
	}
	if len(by) != 4 {
		t.Errorf("offered %v", by)
	}
}
