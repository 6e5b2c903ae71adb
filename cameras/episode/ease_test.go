package episode

import (
	"testing"
	"time"

	"lares/cameras/fakecam"
	"lares/cameras/motion"
)

// TestIgnored: by each change that is offered for what happened in a zone or several, the same
// pictures are no episode at that time any more; each kind of change is among them, of one
// zone and of several.
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
	type offer struct {
		by      motion.Limit
		several bool
	}
	offers := map[offer]int{}
	part := func(left, top, right, bottom float64) motion.Polygon {
		return motion.Polygon{{left, top}, {right, top}, {right, bottom}, {left, bottom}}
	}
	for name, zones := range map[string][]motion.Zone{
		"all":           {{Polygon: part(0, 0, 1, 1)}},
		"left edge":     {{Polygon: part(0, 0, 0.2, 1)}},
		"right corner":  {{Polygon: part(0.8, 0.5, 1, 1)}},
		"left corner":   {{Polygon: part(0, 0.5, 0.5, 1)}},
		"overlapping":   {{Polygon: part(0, 0, 0.6, 1)}, {Polygon: part(0.4, 0, 1, 1)}},
		"equal":         {{Polygon: part(0, 0, 1, 1)}, {Polygon: part(0, 0, 1, 1)}},
		"equal corners": {{Polygon: part(0.8, 0.5, 1, 1)}, {Polygon: part(0.8, 0.5, 1, 1)}},
		"unlike":        {{Polygon: part(0, 0, 0.3, 1), Sensitivity: 30}, {Polygon: part(0.1, 0.4, 0.5, 1), MinArea: 0.01}, {Polygon: part(0, 0.5, 1, 1), MinDuration: 1000}},
	} {
		for i := range zones {
			zones[i].Name = string(rune('a' + i))
		}
		s := motion.Settings{Zones: zones}
		for _, found := range look(s) {
			for _, e := range motion.Ignoring(*found.Why, s) {
				offers[offer{e.By, len(found.Zones) > 1}]++
				for _, left := range look(e.Settings) {
					if left.From < found.To && left.To > found.From {
						t.Errorf("%s: by %s: %+v", name, e.By, left)
					}
				}
			}
		}
	}
	if len(offers) != 8 {
		t.Errorf("offered %v", offers)
	}
}
