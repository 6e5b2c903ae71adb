package motion

import (
	"testing"

	"lares/cameras/media"
)

// TestIgnoring: of the changes by which a time of motion would not have counted the
// smallest is the first, and nothing else of the settings changes.
func TestIgnoring(t *testing.T) {
	yard := Zone{Name: "yard", Polygon: square(0, 0, 1, 1)}
	in := Settings{Zones: []Zone{{Name: "gate", Polygon: square(0, 0, 0.1, 0.1)}, yard}, Masks: []Polygon{square(0, 0, 0.1, 0.1)}}
	why := media.Why{Zone: "yard", Sensitivity: 50, Size: 150, Area: 0.03, Lasted: 20_000, Columns: 4, Rows: 2, Width: 0.25, Height: 0.5, Map: []byte{9, 9, 9, 9, 9, 9, 9, 120}}
	for name, c := range map[string]struct {
		change func(*media.Why, *Settings)
		first  Limit
		is     func(Settings) bool
	}{
		"short":                     {func(w *media.Why, _ *Settings) { w.Lasted = 800 }, ByDuration, func(s Settings) bool { return s.Zones[1].MinDuration == 1000 && s.Zones[0].MinDuration == 0 }},
		"short, to the millisecond": {func(w *media.Why, _ *Settings) { w.Lasted = 1000 }, ByDuration, func(s Settings) bool { return s.Zones[1].MinDuration == 1500 }},
		"small":                     {func(w *media.Why, _ *Settings) { w.Area, w.Width, w.Height = 0.0031, 0.05, 0.05 }, ByArea, func(s Settings) bool { return s.Zones[1].MinArea == 0.004 }},
		"faint":                     {func(*media.Why, *Settings) {}, BySensitivity, func(s Settings) bool { return s.Sensitivity == 44 && s.Zones[1].Sensitivity == 0 }},
		"faint in a zone of its own": {func(w *media.Why, s *Settings) { w.Sensitivity, s.Zones[1].Sensitivity = 52, 52 }, BySensitivity,
			func(s Settings) bool { return s.Sensitivity == 0 && s.Zones[1].Sensitivity == 44 }},
		"in one place": {func(w *media.Why, _ *Settings) {
			w.Map[7], w.Width, w.Height = 255, 0.05, 0.1
		}, ByMask, func(s Settings) bool {
			return len(s.Masks) == 2 && s.Masks[1][0] == Point{0.15, 0.1} && s.Masks[1][2] == Point{0.2, 0.2}
		}},
		"without zones": {func(w *media.Why, s *Settings) { w.Zone, s.Zones, w.Lasted = "", nil, 100 }, BySensitivity, func(s Settings) bool { return s.Sensitivity == 44 && len(s.Zones) == 0 }},
	} {
		w, s := why, in
		w.Map = append([]byte(nil), why.Map...)
		s.Zones = append([]Zone(nil), in.Zones...)
		c.change(&w, &s)
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
