package motion

import (
	"slices"
	"strings"
	"testing"

	"lares/cameras/media"
)

// TestIgnoring: of the changes by which a time of motion would not have counted the
// smallest is the first, and nothing else of the settings changes.
func TestIgnoring(t *testing.T) {
	yard := Zone{Name: "yard", Polygon: square(0, 0, 1, 1)}
	in := Settings{Zones: []Zone{{Name: "gate", Polygon: square(0, 0, 0.1, 0.1)}, yard}, Masks: []Polygon{square(0, 0, 0.05, 0.1)}}
	why := media.Why{Zone: "yard", Sensitivity: 50, Size: 150, Area: 0.03, Lasted: 20_000, Columns: 4, Rows: 2, Width: 0.25, Height: 0.5, Map: []byte{9, 9, 9, 9, 9, 9, 9, 120}}
	lasted := func(ms int) func(*media.Why, *Settings) {
		return func(w *media.Why, _ *Settings) { w.Zones[0].Lasted = ms }
	}
	for name, c := range map[string]struct {
		change func(*media.Why, *Settings)
		first  Limit
		is     func(Settings) bool
	}{
		"short":                     {lasted(800), ByDuration, func(s Settings) bool { return s.Zones[1].MinDuration == 1000 && s.Zones[0].MinDuration == 0 }},
		"short, to the millisecond": {lasted(1000), ByDuration, func(s Settings) bool { return s.Zones[1].MinDuration == 1500 }},
		"small":                     {func(w *media.Why, _ *Settings) { w.Width, w.Height = 0.05, 0.05 }, ByArea, func(s Settings) bool { return s.Zones[1].MinArea == 0.004 }},
		"faint":                     {func(*media.Why, *Settings) {}, BySensitivity, func(s Settings) bool { return s.Sensitivity == 44 && s.Zones[1].Sensitivity == 0 }},
		"faint in a zone of its own": {func(w *media.Why, s *Settings) { w.Sensitivity, s.Zones[1].Sensitivity = 52, 52 }, BySensitivity,
			func(s Settings) bool { return s.Sensitivity == 0 && s.Zones[1].Sensitivity == 44 }},
		"in one place": {func(w *media.Why, _ *Settings) {
			w.Map[7], w.Width, w.Height = 255, 0.05, 0.1
		}, ByMask, func(s Settings) bool {
			return len(s.Masks) == 2 && s.Masks[1][0] == Point{0.15, 0.1} && s.Masks[1][2] == Point{0.2, 0.2}
		}},
		"without zones": {func(w *media.Why, s *Settings) { w.Zone, w.Zones[0].Zone, s.Zones = "", "", nil }, BySensitivity, func(s Settings) bool { return s.Sensitivity == 44 && len(s.Zones) == 0 }},
	} {
		w, s := why, in
		w.Map = append([]byte(nil), why.Map...)
		s.Zones = append([]Zone(nil), in.Zones...)
		w.Zones = []media.WhyZone{{Zone: "yard", Lasted: 20_000, Shown: true}}
		c.change(&w, &s)
		w.Settings = s.Mark()
		all := Ignoring(w, s)
		if len(all) == 0 || all[0].By != c.first || !c.is(all[0].Settings) {
			t.Errorf("%s: %+v", name, all)
			continue
		}
		for i, e := range all {
			if e.Settings.Validate() != nil || i > 0 && e.cost < all[i-1].cost {
				t.Errorf("%s: change %d: %+v", name, i, e)
			}
		}
		if len(in.Masks) != 1 || in.Zones[1].MinDuration != 0 || in.Zones[1].MinArea != 0 {
			t.Fatalf("%s: the settings themselves changed", name)
		}
	}
	gone := why
	gone.Zone = "a zone of before"
	if all := Ignoring(gone, in); all != nil {
		t.Errorf("of a zone that is gone: %+v", all)
	}
	between := media.Why{Sensitivity: 50, Lasted: 900}
	if all := Ignoring(between, Settings{}); all != nil {
		t.Errorf("where nothing would do: %+v", all)
	}
}

// TestIgnoringZones: a change is of all zones that a time of motion counted in, and of no
// other where the settings are the same; else of those too that the map shows something in,
// and of all where it is not known in which it counted.
func TestIgnoringZones(t *testing.T) {
	at := func(left, right float64) Polygon {
		return Polygon{{left, 0}, {right, 0}, {right, 1}, {left, 1}}
	}
	now := Settings{Zones: []Zone{
		{Name: "a", Polygon: at(0, 0.3)}, {Name: "b", Polygon: at(0.3, 0.5), Sensitivity: 60}, {Name: "warm", Polygon: at(0, 0.5)}, {Name: "cold", Polygon: at(0.55, 1)},
	}}
	for name, c := range map[string]struct {
		change func(*media.Why)
		by     string
		zones  []string // by duration
		ms     []int
	}{
		"the same settings":   {func(*media.Why) {}, "min_area min_duration sensitivity mask", []string{"a", "b"}, []int{1500, 3000, 0, 0}},
		"other settings":      {func(w *media.Why) { w.Settings = "" }, "min_area min_duration sensitivity mask", []string{"a", "b", "warm"}, []int{1500, 3000, 4500, 0}},
		"of before":           {func(w *media.Why) { w.Zones = nil }, "min_area min_duration sensitivity mask", []string{"a", "b", "warm", "cold"}, []int{4500, 4500, 4500, 4500}},
		"one is not shown":    {func(w *media.Why) { w.Zones[1].Shown = false }, "min_duration", []string{"a", "b"}, []int{1500, 3000, 0, 0}},
		"one is for too long": {func(w *media.Why) { w.Zones[1].Lasted = 15_000 }, "min_area sensitivity mask", nil, nil},
		"one is too large":    {func(w *media.Why) { copy(w.Map[6:8], []byte{90, 120}); w.Height = 2 }, "min_duration sensitivity", []string{"a", "b"}, []int{1500, 3000, 0, 0}},
		"one is too warm":     {func(w *media.Why) { w.Map[7] = 255 }, "min_area min_duration mask", []string{"a", "b"}, []int{1500, 3000, 0, 0}},
		"one is no more":      {func(w *media.Why) { w.Zones[1].Zone = "c" }, "", nil, nil},
	} {
		w := media.Why{
			Zone: "a", Settings: now.Mark(), Zones: []media.WhyZone{{Zone: "a", Lasted: 1200, Shown: true}, {Zone: "b", Lasted: 2500, Shown: true}},
			Sensitivity: 50, Size: 150, Area: 0.01, Lasted: 4200, Columns: 20, Rows: 1, Width: 0.05, Height: 0.25, Map: make([]byte, 20),
		}
		w.Map[2], w.Map[7] = 110, 120
		c.change(&w)
		by := map[Limit]Ease{}
		names := []Limit{}
		for _, e := range Ignoring(w, now) {
			by[e.By] = e
			names = append(names, e.By)
		}
		for _, limit := range []Limit{ByArea, ByDuration, BySensitivity, ByMask} {
			if _, ok := by[limit]; ok != slices.Contains(strings.Fields(c.by), string(limit)) {
				t.Errorf("%s: offered %v", name, names)
			}
		}
		if e, ok := by[ByDuration]; ok {
			for i, z := range e.Settings.Zones {
				if z.MinDuration != c.ms[i] || !slices.Equal(e.Zones, c.zones) {
					t.Errorf("%s: of %v, zone %s: %d ms", name, e.Zones, z.Name, z.MinDuration)
				}
			}
		}
		if e, ok := by[BySensitivity]; ok && (e.Settings.Sensitivity != 44 || e.Settings.Zones[1].Sensitivity != 44 || e.Zones != nil) {
			t.Errorf("%s: %+v", name, e)
		}
		if e, ok := by[ByMask]; ok && !slices.Equal(e.Settings.Masks[0], Polygon{{0.1, 0}, {0.4, 0}, {0.4, 0.25}, {0.1, 0.25}}) {
			t.Errorf("%s: %+v", name, e)
		}
	}
	if (Settings{}).Mark() == now.Mark() || now.Mark() != (Settings{Zones: slices.Clone(now.Zones)}).Mark() {
		t.Error("marks do not tell settings apart")
	}
}

// TestReaches: a cell is of a zone that any of its blocks is in, or that is smaller than one; what
// is more than a map can say counts however little sensitive a zone is.
func TestReaches(t *testing.T) {
	for _, c := range []struct {
		zone Polygon
		want bool
	}{
		{square(0, 0, 1, 1), true}, {square(0.5, 0, 1, 1), true}, {square(0.62, 0, 1, 1), false}, {square(0, 0, 0.39, 1), false},
		{square(0.51, 0.51, 0.52, 0.52), true}, {square(0.7, 0.7, 0.71, 0.71), false}, {square(0, 0.49, 1, 0.51), true},
	} {
		if got := c.zone.reaches(0.4, 0.4, 0.2, 0.2); got != c.want {
			t.Errorf("%v: %v", c.zone, got)
		}
	}
	numb := Settings{Sensitivity: 1}
	if w := numb.warm(-1); w != 255 {
		t.Errorf("from %d on", w)
	}
}
