package motion

import (
	"reflect"
	"testing"
)

// TestPresets: each is found by its name, gives settings that can be, and leaves zones and masks
// where they are; the usual one changes nothing of what a camera begins with.
func TestPresets(t *testing.T) {
	t.Parallel()
	if s := Presets()[0].Suit(Settings{}); s.Sensitivity != UsualSensitivity || len(s.Zones) > 0 {
		t.Errorf("the usual one: %+v", s)
	}
	if _, ok := FindPreset("moon"); ok {
		t.Error("there is one of no name")
	}
	mask := Polygon{{0.5, 0}, {1, 0}, {1, 0.5}}
	gate := Zone{Name: "gate", Polygon: Polygon{{0, 0}, {0.5, 0}, {0.5, 1}}, Sensitivity: 80, MinArea: 0.5, MinDuration: 9}
	for _, want := range Presets() {
		p, ok := FindPreset(want.Name)
		if !ok || p != want {
			t.Errorf("%s is %+v", want.Name, p)
		}
		bare := p.Suit(Settings{Sensitivity: 3})
		if err := bare.Validate(); err != nil || bare.Sensitivity != p.Sensitivity || (len(bare.Zones) == 1) != (p.MinArea > 0 || p.MinDuration > 0) {
			t.Errorf("%s of no zones: %+v, %v", p.Name, bare, err)
		}
		before := Settings{Zones: []Zone{gate}, Masks: []Polygon{mask}}
		after := p.Suit(before)
		wanted := Settings{Sensitivity: p.Sensitivity, Zones: []Zone{{Name: "gate", Polygon: gate.Polygon, MinArea: p.MinArea, MinDuration: p.MinDuration}}, Masks: []Polygon{mask}}
		if err := after.Validate(); err != nil || !reflect.DeepEqual(after, wanted) {
			t.Errorf("%s: %+v, %v", p.Name, after, err)
		}
		if !reflect.DeepEqual(before.Zones[0], gate) {
			t.Errorf("%s changed the settings it was given", p.Name)
		}
	}
}
