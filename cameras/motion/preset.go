package motion

import "slices"

// Preset are settings that suit a kind of place.
type Preset struct {
	Name string `json:"name"`
	// Sensitivity is from 1 to 100, as that of Settings.
	Sensitivity int `json:"sensitivity"`
	// MinArea and MinDuration are those of each zone.
	MinArea     float64 `json:"min_area"`
	MinDuration int     `json:"min_duration_ms"`
}

// WholeName is what Preset.Suit calls a zone that is the whole picture.
const WholeName = "Whole picture"

// presets were tried on footage with `lares detect`: a garden's lose no event that the usual ones
// find in the clips with people, and do not fall for a tree; a street's and those of the night leave
// out what is small or far away.
var presets = [...]Preset{
	{"usual", UsualSensitivity, 0, 0},
	{"indoor", 60, 0, 0},
	{"garden", 50, 0.002, 1000},
	{"street", 50, 0.006, 500},
	{"night", 40, 0.003, 1000},
}

// Presets are all of them, the usual one first.
func Presets() []Preset { return slices.Clone(presets[:]) }

// FindPreset is the preset of a name.
func FindPreset(name string) (Preset, bool) {
	i := slices.IndexFunc(presets[:], func(p Preset) bool { return p.Name == name })
	if i < 0 {
		return Preset{}, false
	}
	return presets[i], true
}

// Suit returns settings with a preset's limits in every zone. Only zones have limits: where there
// is none and it has some, one is the whole picture. Polygons and masks stay.
func (p Preset) Suit(s Settings) Settings {
	s.Sensitivity, s.Zones = p.Sensitivity, slices.Clone(s.Zones)
	if len(s.Zones) == 0 && (p.MinArea > 0 || p.MinDuration > 0) {
		s.Zones = []Zone{{Name: WholeName, Polygon: Polygon{{0, 0}, {1, 0}, {1, 1}, {0, 1}}}}
	}
	for i := range s.Zones {
		z := &s.Zones[i]
		z.Sensitivity, z.MinArea, z.MinDuration = 0, p.MinArea, p.MinDuration
	}
	return s
}
