package motion

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"lares/cameras/fakecam"
)

// damage turns bits of an access unit over and cuts slices off.
func damage(r *rand.Rand, units [][]byte) (out [][]byte) {
	for _, u := range units {
		u = slices.Clone(u)
		if r.IntN(2) == 0 {
			u[r.IntN(len(u))] ^= 1 << r.IntN(8)
		}
		if r.IntN(6) == 0 {
			u = u[:1+r.IntN(len(u))]
		}
		out = append(out, u)
	}
	return out
}

// TestDamage: whatever of a stream is damaged or lost, and whenever settings change or
// somebody watches, times of motion follow each other for each zone, and have a box.
func TestDamage(t *testing.T) {
	t.Parallel()
	settings := []Settings{
		{},
		{Zones: []Zone{{Name: "a", Polygon: square(0, 0, 1, 1)}, {Name: "b", Polygon: square(0.2, 0, 0.4, 1), MinArea: 0.01, MinDuration: 900}}},
		{Masks: []Polygon{square(0, 0, 0.5, 1)}},
	}
	r := rand.New(rand.NewPCG(1, 3))
	moved, broken := 0, 0
	for round := range 12 {
		var d Detector
		last := map[string]time.Duration{}
		d.Moved = func(m Motion) {
			if moved++; m.From >= m.To || m.From < last[m.Zone] || m.Box.Empty() {
				t.Errorf("round %d: %+v behind %v", round, m, last[m.Zone])
			}
			last[m.Zone] = m.To
		}
		d.Tampered = func(Tamper) {}
		part, at := r.Float64()*0.4, time.Duration(0)
		step := time.Duration(50+r.IntN(400)) * time.Millisecond
		if err := fakecam.ReadH264("../fakecam/clip/people-sub.mp4", 15, func(_ time.Duration, units [][]byte) error {
			if r.Float64() < part {
				units = damage(r, units)
			}
			if r.IntN(8) == 0 && round%2 == 0 {
				return nil // lost
			}
			if d.Take(units, at) != nil {
				broken++
			}
			at += step
			switch r.IntN(80) {
			case 0:
				d.Heat = func(Heat) {}
			case 1:
				d.Heat = nil
			case 2:
				clear(last)
				return d.Set(settings[r.IntN(len(settings))])
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		d.Finish(at)
	}
	if moved < 20 || broken < 20 {
		t.Errorf("%d times of motion, %d errors", moved, broken)
	}
}
