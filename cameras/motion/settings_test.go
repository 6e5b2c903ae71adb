package motion

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"lares/cameras/media/costtest"
)

// TestSettings: what is written down is read and written again as it was.
func TestSettings(t *testing.T) {
	t.Parallel()
	const text = `{"sensitivity":40,"zones":[{"name":"gate","polygon":[[0,0.5],[0.4,0.5],[0.4,1]],"sensitivity":70,"min_area":0.01,"min_duration_ms":1500}],"masks":[[[0.8,0],[1,0],[1,0.3]]]}`
	s, err := ReadSettings(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	want := Settings{
		Sensitivity: 40,
		Zones:       []Zone{{"gate", Polygon{{0, 0.5}, {0.4, 0.5}, {0.4, 1}}, 70, 0.01, 1500}},
		Masks:       []Polygon{{{0.8, 0}, {1, 0}, {1, 0.3}}},
	}
	if !reflect.DeepEqual(s, want) {
		t.Errorf("%+v", s)
	}
	if b, err := json.Marshal(s); err != nil || string(b) != text {
		t.Errorf("%s %v", b, err)
	}
}

// TestSettingsRefused: what cannot be meant is refused by its name, and a detector keeps
// what it had.
func TestSettingsRefused(t *testing.T) {
	t.Parallel()
	corner := Polygon{{0, 0}, {1, 0}, {0, 1}}
	zone := func(change func(*Zone)) Settings {
		z := Zone{Name: "a", Polygon: corner}
		change(&z)
		return Settings{Zones: []Zone{z}}
	}
	many := make([]Zone, MaxZones+1)
	for i := range many {
		many[i] = Zone{Name: strings.Repeat("a", i+1), Polygon: corner}
	}
	for says, s := range map[string]Settings{
		"sensitivity":               {Sensitivity: 101},
		"sensitivity of zone 1":     zone(func(z *Zone) { z.Sensitivity = -1 }),
		"name of zone 1":            zone(func(z *Zone) { z.Name = "" }),
		": name of zone 1":          zone(func(z *Zone) { z.Name = strings.Repeat("ä", MaxName+1) }),
		"cannot be: name of zone 1": zone(func(z *Zone) { z.Name = "\xff" }),
		"polygon of zone 1":         zone(func(z *Zone) { z.Polygon = corner[:2] }),
		": polygon of zone 1":       zone(func(z *Zone) { z.Polygon = Polygon{{0, 0}, {1.1, 0}, {0, 1}} }),
		"be: polygon of zone 1":     zone(func(z *Zone) { z.Polygon = Polygon{{0, math.NaN()}, {1, 0}, {0, 1}} }),
		"polygon of mask 1":         {Masks: []Polygon{make(Polygon, MaxCorners+1)}},
		"min_area":                  zone(func(z *Zone) { z.MinArea = 1.5 }),
		"min_area of zone 1":        zone(func(z *Zone) { z.MinArea = math.NaN() }),
		"min_duration_ms":           zone(func(z *Zone) { z.MinDuration = int(MaxDuration.Milliseconds()) + 1 }),
		"min_duration_ms of zone 1": zone(func(z *Zone) { z.MinDuration = -1 }),
		"two zones of one name":     {Zones: []Zone{{Name: "a", Polygon: corner}, {Name: "a", Polygon: corner}}},
		"more than 16 zones":        {Zones: many},
		"more than 16 masks":        {Masks: make([]Polygon, MaxMasks+1)},
	} {
		var d Detector
		if err := d.Set(s); !errors.Is(err, ErrSettings) || !strings.Contains(err.Error(), says) || d.watches != nil {
			t.Errorf("%s: %v", says, err)
		}
	}
	for _, text := range []string{"", "[]", `{"zone":[]}`, `{} {}`, `{"masks":[[[1,2,"x"]]]}`, `{"masks":[[[0,0]]]}`} {
		if s, err := ReadSettings(strings.NewReader(text)); err == nil {
			t.Errorf("%q: %+v", text, s)
		}
	}
}

// FuzzReadSettings: what is read as settings can be laid over any grid.
func FuzzReadSettings(f *testing.F) {
	f.Add(`{"sensitivity":40,"zones":[{"name":"gate","polygon":[[0,0.5],[0.4,0.5],[0.4,1]]}],"masks":[[[0.8,0],[1,0],[1,0.3]]]}`)
	f.Add(`{"masks":[[[1,1],[1,1],[1,1]],[[0,0],[0,0],[0,0]]]}`)
	f.Fuzz(func(t *testing.T, text string) {
		var s Settings
		var err error
		costtest.Within(t, func() { s, err = ReadSettings(strings.NewReader(text)) })
		if err != nil {
			return
		}
		for _, r := range []raster{{1, 1, 16, 0, 0, 2, 2}, {40, 23, 16, 0, 0, 640, 360}, {3, 2, 16, 4, 2, 40, 20}} {
			costtest.Within(t, func() { s.cover(r) })
		}
	})
}
