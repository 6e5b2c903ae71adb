package episode

import (
	"testing"
	"time"

	"lares/cameras/fakecam"
	"lares/cameras/motion"
)

// TestIgnored: by each change that is offered for what happened, the same pictures are no
// episode.
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
	whole := motion.Polygon{{0, 0}, {1, 0}, {1, 1}, {0, 1}}
	s := motion.Settings{Zones: []motion.Zone{{Name: "all", Polygon: whole}}}
	found := look(s)
	if len(found) != 1 {
		t.Fatalf("%d episodes", len(found))
	}
	by := map[motion.Limit]bool{}
	for _, e := range motion.Ignoring(*found[0].Why, s) {
		by[e.By] = true
		if left := look(e.Settings); len(left) != 0 {
			t.Errorf("by %s: %+v", e.By, left)
		}
	}
	if !by[motion.ByDuration] || !by[motion.ByMask] {
		t.Errorf("offered %v", by)
	}
}
