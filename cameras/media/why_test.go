package media

import (
	"reflect"
	"testing"
)

// TestWhyAnd: of two times each zone is what it was in both, in whichever order they come, and
// what the map of one does not show in its cells it does not show; zones and settings are
// known of both or not at all.
func TestWhyAnd(t *testing.T) {
	large := func() Why {
		return Why{
			Zone: "a", Settings: "one", Sensitivity: 50, Size: 300, Lasted: 2000, Columns: 2, Rows: 1, Map: []byte{9, 200},
			Zones: []WhyZone{{"a", 2000, true}, {"b", 1000, true}},
		}
	}
	small := func() Why {
		return Why{
			Zone: "b", Settings: "one", Sensitivity: 50, Size: 200, Lasted: 7000, Columns: 2, Rows: 1, Map: []byte{150, 10},
			Zones: []WhyZone{{"b", 6500, false}, {"c", 7000, true}},
		}
	}
	both := large()
	both.Map, both.Zones = []byte{150, 200}, []WhyZone{{"a", 2000, true}, {"b", 6500, false}, {"c", 7000, true}}
	for what, c := range map[string]struct {
		change func(large, small *Why)
		want   func(*Why)
	}{
		"alike":           {func(_, _ *Why) {}, func(*Why) {}},
		"other settings":  {func(l, _ *Why) { l.Settings = "two" }, func(w *Why) { w.Settings = "" }},
		"of before":       {func(_, s *Why) { s.Zones = nil }, func(w *Why) { w.Zones, w.Map = nil, []byte{9, 200} }},
		"of other cells":  {func(_, s *Why) { s.Columns, s.Map = 1, []byte{7} }, func(w *Why) { w.Map, w.Zones[2].Shown = []byte{9, 200}, false }},
		"without a still": {func(_, s *Why) { s.Size, s.Columns, s.Rows, s.Map = 0, 0, 0, nil }, func(w *Why) { w.Map, w.Zones[2].Shown = []byte{9, 200}, false }},
	} {
		l, s, want := large(), small(), both
		want.Zones = append([]WhyZone(nil), both.Zones...)
		c.change(&l, &s)
		c.want(&want)
		was := large()
		was.Settings = l.Settings
		for _, got := range []Why{l.And(s), s.And(l)} {
			if !reflect.DeepEqual(got, want) || !got.Sound() {
				t.Errorf("%s: %+v, not %+v", what, got, want)
			}
		}
		if !reflect.DeepEqual(l, was) {
			t.Errorf("%s: what it is made of changed: %+v", what, l)
		}
	}
	var many Why
	for i := range MaxWhyZones {
		many.Zones = append(many.Zones, WhyZone{Zone: string(rune('A' + i))})
	}
	if w := many.And(large()); len(w.Zones) != 0 {
		t.Errorf("of more zones than there can be: %+v", w)
	}
	for what, bad := range map[string]Why{
		"too many zones": {Sensitivity: 1, Zones: make([]WhyZone, MaxWhyZones+1)}, "a zone that lasts for less than nothing": {Sensitivity: 1, Zones: []WhyZone{{Lasted: -1}}},
		"a long name": {Sensitivity: 1, Zones: []WhyZone{{Zone: string(make([]byte, maxWhyName+1))}}}, "a long mark": {Sensitivity: 1, Settings: string(make([]byte, maxWhyName+1))},
	} {
		if bad.Sound() {
			t.Errorf("%s is sound", what)
		}
	}
}
