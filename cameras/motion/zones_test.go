package motion

import (
	"image"
	"slices"
	"testing"
	"time"

	"lares/cameras/fakecam"
)

// square is a polygon around a rectangle.
func square(left, top, right, bottom float64) Polygon {
	return Polygon{{left, top}, {right, top}, {right, bottom}, {left, bottom}}
}

// TestCover: cells belong to the zones that their middles lie in, and to none under masks.
func TestCover(t *testing.T) {
	t.Parallel()
	grid := raster{columns: 10, rows: 5, side: 16, width: 160, height: 80}
	belowDiagonal := map[int]uint16{} // products of its sides' lengths need more than 32 bits
	for y := range 5 {
		for x := range 2*y + 1 {
			belowDiagonal[10*y+x] = 1
		}
	}
	for name, c := range map[string]struct {
		s    Settings
		want map[int]uint16 // by cell; others belong to none
	}{
		"a quarter":          {Settings{Zones: []Zone{{Polygon: square(0, 0, 0.2, 0.4)}}}, map[int]uint16{0: 1, 1: 1, 10: 1, 11: 1}},
		"two that overlap":   {Settings{Zones: []Zone{{Polygon: square(0, 0, 0.2, 0.2)}, {Polygon: square(0.1, 0, 0.3, 0.2)}}}, map[int]uint16{0: 1, 1: 3, 2: 2}},
		"under a mask":       {Settings{Zones: []Zone{{Polygon: square(0, 0, 0.3, 0.2)}}, Masks: []Polygon{square(0.1, 0, 0.2, 1)}}, map[int]uint16{0: 1, 2: 1}},
		"smaller than cells": {Settings{Zones: []Zone{{Polygon: square(0.51, 0.61, 0.52, 0.62)}}}, map[int]uint16{35: 1}},
		"in the last corner": {Settings{Zones: []Zone{{Polygon: Polygon{{1, 1}, {0.99, 1}, {1, 0.99}}}}}, map[int]uint16{49: 1}},
		"below the diagonal": {Settings{Zones: []Zone{{Polygon: Polygon{{0, 0}, {1, 1}, {0, 1}}}}}, belowDiagonal},
		"a star's middle":    {Settings{Zones: []Zone{{Polygon: Polygon{{0, 0}, {1, 0}, {1, 1}, {0, 1}, {0, 0}, {1, 0}, {1, 0.79}, {0, 0.79}}}}}, map[int]uint16{40: 1, 41: 1, 42: 1, 43: 1, 44: 1, 45: 1, 46: 1, 47: 1, 48: 1, 49: 1}},
	} {
		got := c.s.cover(grid)
		for i, zones := range got.zones {
			if zones != c.want[i] {
				t.Errorf("%s: cell %d is in %b, want %b", name, i, zones, c.want[i])
			}
		}
	}
	var none Settings
	if c := none.cover(grid); slices.Contains(c.zones, 0) || c.ignored != nil {
		t.Errorf("without zones: %+v", c)
	}
}

// TestPart: cells are told in thousandths of what is seen of the picture.
func TestPart(t *testing.T) {
	t.Parallel()
	r := raster{columns: 4, rows: 2, side: 16, left: 4, top: 2, width: 50, height: 25}
	if got, want := r.part(image.Rect(1, 0, 2, 1)), image.Rect(240, 0, 560, 560); got != want {
		t.Errorf("%v, want %v", got, want)
	}
	if got, want := r.part(image.Rect(0, 0, 4, 2)), image.Rect(0, 0, 1000, 1000); got != want {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestStillsByZone: what moves counts in the zones that enough of it lies in, by their
// sensitivity, and nowhere under a mask.
func TestStillsByZone(t *testing.T) {
	t.Parallel()
	left, right := Zone{Name: "left", Polygon: square(0, 0, 0.5, 1)}, Zone{Name: "right", Polygon: square(0.5, 0, 1, 1)}
	large := right
	large.Name, large.MinArea = "large", 0.2
	for name, c := range map[string]struct {
		s     Settings
		where image.Rectangle
		want  []bool
	}{
		"left":                 {Settings{Zones: []Zone{left, right}}, image.Rect(32, 64, 96, 128), []bool{true, false}},
		"right":                {Settings{Zones: []Zone{left, right}}, image.Rect(232, 64, 296, 128), []bool{false, true}},
		"both":                 {Settings{Zones: []Zone{left, right}}, image.Rect(120, 64, 200, 128), []bool{true, true}},
		"not large enough":     {Settings{Zones: []Zone{right, large}}, image.Rect(232, 64, 280, 112), []bool{true, false}},
		"large enough":         {Settings{Zones: []Zone{right, large}}, image.Rect(180, 10, 310, 180), []bool{true, true}},
		"under a mask":         {Settings{Masks: []Polygon{square(0, 0, 0.5, 1)}}, image.Rect(32, 64, 96, 128), []bool{false}},
		"beside a mask":        {Settings{Masks: []Polygon{square(0, 0, 0.5, 1)}}, image.Rect(232, 64, 296, 128), []bool{true}},
		"nowhere but masks":    {Settings{Masks: []Polygon{square(0, 0, 1, 1)}}, image.Rect(232, 64, 296, 128), []bool{false}},
		"across half a mask":   {Settings{Masks: []Polygon{square(0, 0, 0.5, 1)}}, image.Rect(120, 64, 200, 128), []bool{true}},
		"without any settings": {Settings{}, image.Rect(120, 64, 200, 128), []bool{true}},
	} {
		var s stills
		scene, watches := newScene(), c.s.watches()
		for range 6 {
			s.take(scene.draw(), &c.s, watches)
			if slices.ContainsFunc(s.found, func(f still) bool { return f.size > 0 }) {
				t.Errorf("%s: %+v, and nothing moves", name, s.found)
			}
		}
		scene.square = c.where
		s.take(scene.draw(), &c.s, watches)
		for i, f := range s.found {
			if moves := f.size > 0; moves != c.want[i] || moves == f.box.Empty() {
				t.Errorf("%s: zone %d: %+v, want %v", name, i, f, c.want[i])
			}
			for at, ignored := range s.cover.ignored {
				if ignored && (image.Point{X: at % s.columns, Y: at / s.columns}).In(f.box) {
					t.Fatalf("%s: zone %d: %+v, over a mask", name, i, f)
				}
			}
		}
	}
}

// TestSensitivity: what is faint is seen by zones that are sensitive, and each zone goes
// by its own.
func TestSensitivity(t *testing.T) {
	t.Parallel()
	s := Settings{Sensitivity: 50, Zones: []Zone{
		{Name: "usual", Polygon: square(0, 0, 1, 1)}, {Name: "keen", Polygon: square(0, 0, 1, 1), Sensitivity: 100}, {Name: "dull", Polygon: square(0, 0, 1, 1), Sensitivity: 1},
	}}
	watches := s.watches()
	for _, c := range []struct {
		by   uint8 // in levels of luma
		want [3]bool
	}{{0, [3]bool{}}, {9, [3]bool{false, true, false}}, {20, [3]bool{true, true, false}}, {80, [3]bool{true, true, true}}} {
		var st stills
		scene := newScene()
		scene.noise = 0
		for range 12 {
			st.take(scene.draw(), &s, watches)
		}
		p := scene.draw()
		for y := 64; y < 128; y++ {
			for x := 100; x < 160; x++ {
				p.Y[p.YOffset(x, y)] += c.by * uint8((x/8+y/8)%2)
			}
		}
		st.take(p, &s, watches)
		for i, f := range st.found {
			if f.size > 0 != c.want[i] {
				t.Errorf("by %d levels: zone %d: %+v, want %v", c.by, i, f, c.want[i])
			}
		}
	}
	for v, want := range map[int]int32{0: 256, 1: 746, 50: 256, 100: 106} {
		if got := scaleOf(v); got != want {
			t.Errorf("sensitivity %d: %d, want %d", v, got, want)
		}
	}
}

// TestLooksByZone: active cells count in their zones, with a box around them, and under
// masks neither count nor raise what is usual.
func TestLooksByZone(t *testing.T) {
	t.Parallel()
	s := Settings{
		Zones: []Zone{{Name: "left", Polygon: square(0, 0, 0.5, 1)}, {Name: "right", Polygon: square(0.5, 0, 1, 1)}},
		Masks: []Polygon{square(0, 0, 1, 0.5)},
	}
	l := looks{grid: grid{columns: 10, rows: 10}, seen: 100, base: make([]int32, 100), active: make([]bool, 100), before: make([]bool, 100)}
	l.raster = raster{columns: 10, rows: 10, side: 16, width: 160, height: 160}
	l.cover, l.found = s.cover(l.raster), make([]look, 2)
	l.grid.energy, l.grid.seen = make([]int32, 100), 50
	for i := range l.grid.energy {
		if l.grid.energy[i] = 80; i < 50 {
			l.grid.energy[i] = -1
		}
	}
	for _, i := range []int{67, 68, 77, 78} {
		l.grid.energy[i] = 5000
	}
	l.relative, l.next = make([]int32, 100), l.active
	l.mark()
	copy(l.before, l.active)
	l.together()
	if l.grid.level() != 80 || l.found[0].count != 0 || l.found[1].count != 4 || l.found[1].box != image.Rect(700, 600, 900, 800) || !l.found[0].box.Empty() {
		t.Errorf("level %d, %+v", l.grid.level(), l.found)
	}
}

// TestMinDuration: what moves is told once it has moved for long enough, from when it
// began, and goes on being told; what stops too soon never is.
func TestMinDuration(t *testing.T) {
	t.Parallel()
	const s = time.Second
	box := func(x int) image.Rectangle { return image.Rect(x, 0, x+1, 1) }
	var got []Motion
	w := watch{name: "gate", least: 3 * s}
	for i, m := range []span{
		{from: 0, to: 2 * s}, {from: 10 * s, to: 11 * s}, {from: 12 * s, to: 13 * s}, {from: 14 * s, to: 15 * s}, {from: 18 * s, to: 19 * s},
	} {
		m.box = box(i)
		w.tell(m, m.to, func(m Motion) { got = append(got, m) })
	}
	want := []Motion{{10 * s, 13 * s, "gate", image.Rect(1, 0, 3, 1)}, {14 * s, 15 * s, "gate", box(3)}}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestSet: settings hold from the next picture on, and what was learnt stays.
func TestSet(t *testing.T) {
	t.Parallel()
	var d Detector
	zones := map[string]int{}
	d.Moved = func(m Motion) { zones[m.Zone]++ }
	begin, last := time.Duration(0), time.Duration(0)
	play := func() {
		t.Helper()
		clear(zones)
		if err := fakecam.ReadH264("../fakecam/clip/people-sub.mp4", 15, func(at time.Duration, units [][]byte) error {
			last = begin + at
			return d.Take(units, last)
		}); err != nil {
			t.Fatal(err)
		}
		begin = last + 100*time.Millisecond
	}
	if play(); zones[""] == 0 {
		t.Fatalf("without settings: %v", zones)
	}
	seen := d.stills.seen
	if err := d.Set(Settings{Zones: []Zone{{Name: "a", Polygon: square(0, 0, 1, 1)}}}); err != nil {
		t.Fatal(err)
	}
	if play(); zones["a"] == 0 || zones[""] != 0 || d.stills.seen <= seen {
		t.Errorf("with a zone: %v, %d stills behind %d", zones, d.stills.seen, seen)
	}
	if err := d.Set(Settings{Masks: []Polygon{square(0, 0, 0.99, 1)}}); err != nil {
		t.Fatal(err)
	}
	if play(); len(zones) > 0 {
		t.Errorf("all is under a mask: %v", zones)
	}
}
