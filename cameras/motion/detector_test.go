package motion

import (
	"errors"
	"image"
	"os"
	"slices"
	"testing"
	"time"

	"lares/cameras/h264"
	"lares/cameras/media/costtest"
)

// accessUnits are those of a test stream: a slice whose first_mb_in_slice is 0 begins one,
// with what is before it.
func accessUnits(t testing.TB, name string) (out [][][]byte) {
	t.Helper()
	b, err := os.ReadFile("../h264/testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var units [][]byte
	had := false
	h264.Split(b, func(u []byte) bool {
		if starts := !h264.IsSlice(u) || u[1]&0x80 != 0; had && starts {
			out, units, had = append(out, units), nil, false
		}
		units, had = append(units, u), had || h264.IsSlice(u)
		return true
	})
	return append(out, units)
}

// TestDetectorGoesOn: pictures that cannot be read are errors, and the next ones are read
// all the same; times of motion follow each other.
func TestDetectorGoesOn(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"cabac.264", "cavlc.264"} {
		var d Detector
		var last time.Duration
		active, moved := 0, 0
		d.Active = func(time.Duration, int) { active++ }
		d.Moved = func(m Motion) {
			if moved++; m.From < last || m.To <= m.From || m.Box.Empty() || !m.Box.In(image.Rect(0, 0, 1000, 1000)) {
				t.Errorf("%s: %+v, behind %v", name, m, last)
			}
			last = m.To
		}
		all := accessUnits(t, name)
		at := time.Duration(0)
		for round := range 20 {
			for i, units := range all {
				units = slices.Clone(units)
				if round%2 == 1 && i%5 == 3 {
					n := len(units) - 1
					units[n] = units[n][:len(units[n])/2]
				}
				if err := d.Take(units, at); err != nil && (round%2 == 0 || !errors.Is(err, h264.ErrDamaged)) {
					t.Fatalf("%s: %v", name, err)
				}
				at += 100 * time.Millisecond
			}
		}
		d.Finish(at)
		if active < 40 {
			t.Errorf("%s: %d pictures of %d were looked at", name, active, 20*len(all))
		}
	}
}

// FuzzTake: no bytes make the detector panic, nor settings that change between them.
func FuzzTake(f *testing.F) {
	for _, name := range []string{"cabac.264", "cavlc.264"} {
		var b []byte
		for _, units := range accessUnits(f, name)[:6] {
			for _, u := range units {
				b = append(append(b, 0, 0, 0, 1), u...)
			}
		}
		f.Add(b)
	}
	settings := []Settings{
		{Zones: []Zone{{Name: "a", Polygon: square(0, 0, 1, 1)}, {Name: "b", Polygon: square(0.2, 0, 0.4, 1), MinArea: 0.01}}},
		{Masks: []Polygon{square(0, 0, 0.5, 1)}},
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var d Detector
		d.Tampered = func(Tamper) {}
		pictures := 0
		var units [][]byte
		at := time.Duration(0)
		h264.Split(b, func(u []byte) bool {
			if s, err := h264.ParseSPS(u); err == nil && s.Columns*s.Rows > 64*64 {
				return false // its cost follows the size, which is bounded elsewhere
			}
			if units = append(units, u); h264.IsSlice(u) {
				costtest.Within(t, func() { _ = d.Take(units, at) })
				units, at = nil, at+300*time.Millisecond
				if pictures++; pictures%7 == 0 && d.Set(settings[pictures/7%2]) != nil {
					t.Fatal("settings are refused")
				}
			}
			return true
		})
		d.Finish(at)
	})
}
