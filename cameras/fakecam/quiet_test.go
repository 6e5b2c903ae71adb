package fakecam

import (
	"slices"
	"testing"
	"time"

	"lares/cameras/motion"
)

// TestQuiet: who looks for motion sees none on a card, whatever its clock and its number
// do, until somebody walks through it.
func TestQuiet(t *testing.T) {
	t.Parallel()
	for _, card := range []TestCard{
		{}, {GOP: time.Second}, {GOP: 4 * time.Second}, {SubWidth: 640, SubHeight: 360, GOP: 300 * time.Millisecond},
		{SubWidth: 160, SubHeight: 96, FPS: 2, GOP: time.Second}, {SubWidth: 1280, SubHeight: 720}, {Color: hue(60, 1, 1)}, {Color: hue(240, 1, 0.3)},
	} {
		p, err := card.open(Options{Name: "Hallway"})
		if err != nil {
			t.Fatal(err)
		}
		const calm, walk = 70 * time.Second, 78 * time.Second
		var d motion.Detector
		var moved time.Duration
		d.Moved = func(m motion.Motion) {
			if m.From < calm-2*time.Second {
				t.Errorf("%+v: motion from %v to %v", card, m.From, m.To)
			}
			moved += m.To - m.From
		}
		night := time.Date(2026, 12, 31, 23, 59, 30, 0, time.UTC)
		at := p.sub.due(false)
		for frame := uint64(0); at < walk; frame++ {
			s, err := p.sub.next(false, ask{now: night.Add(at), frame: frame, visited: at >= calm})
			if err != nil {
				t.Fatal(err)
			}
			units := s.units
			if s.sync {
				units = slices.Concat(p.sub.format().params, s.units)
			}
			if err := d.Take(units, at); err != nil {
				t.Fatal(err)
			}
			at = p.sub.due(false)
		}
		d.Finish(at)
		if moved < 2*time.Second {
			t.Errorf("%+v: somebody is there for %v, seen for %v", card, walk-calm, moved)
		}
	}
}
