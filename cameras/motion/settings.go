package motion

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
	"unicode/utf8"
)

const (
	// UsualSensitivity is the one that was tuned on footage.
	UsualSensitivity = 50
	// MaxZones, MaxMasks and MaxCorners bound what is looked at for each picture.
	MaxZones   = 16
	MaxMasks   = 16
	MaxCorners = 32
	// MaxName is how long the name of a zone is at most, in characters.
	MaxName = 60
	// MaxDuration is the longest that a zone may wait for.
	MaxDuration = time.Minute
	// maxSettings bounds what is read as settings, in bytes.
	maxSettings = 64 << 10
)

// ErrSettings says that settings cannot be meant: the text names the value.
var ErrSettings = errors.New("motion: settings that cannot be")

// Settings say what of that which moves counts. The zero value takes the whole picture.
//
//	{"sensitivity": 50,
//	 "zones": [{"name": "gate", "polygon": [[0,0.5],[0.4,0.5],[0.4,1],[0,1]],
//	            "sensitivity": 70, "min_area": 0.01, "min_duration_ms": 1500}],
//	 "masks": [[[0.8,0],[1,0],[1,0.3]]]}
type Settings struct {
	// Sensitivity is from 1 to 100; 0 means UsualSensitivity.
	Sensitivity int `json:"sensitivity,omitempty"`
	// Zones are where motion counts; it counts everywhere if there is none.
	Zones []Zone `json:"zones,omitempty"`
	// Masks are where nothing is looked at, in all zones.
	Masks []Polygon `json:"masks,omitempty"`
}

// Zone is a part of the picture in which motion counts by itself.
type Zone struct {
	Name    string  `json:"name"`
	Polygon Polygon `json:"polygon"`
	// Sensitivity is from 1 to 100; 0 means that of the settings.
	Sensitivity int `json:"sensitivity,omitempty"`
	// MinArea is how much of the picture has to move within the zone, in one part that
	// hangs together: from 0 to 1.
	MinArea float64 `json:"min_area,omitempty"`
	// MinDuration is how long something has to move, in milliseconds.
	MinDuration int `json:"min_duration_ms,omitempty"`
}

// Polygon is an area by its corners. Where its sides cross, what lies within an even
// number of rounds is outside.
type Polygon []Point

// Point is a place in a picture: right of its left edge and below its top, in parts of
// its width and its height.
type Point [2]float64

// ReadSettings reads settings as JSON; a word that is not known is refused.
func ReadSettings(r io.Reader) (Settings, error) {
	var s Settings
	d := json.NewDecoder(io.LimitReader(r, maxSettings))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return Settings{}, fmt.Errorf("motion: reading settings: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return Settings{}, fmt.Errorf("%w: something behind them", ErrSettings)
	}
	return s, s.Validate()
}

// Validate says with ErrSettings what of settings cannot be meant.
func (s Settings) Validate() error {
	switch {
	case !sensitivity(s.Sensitivity):
		return fmt.Errorf("%w: sensitivity", ErrSettings)
	case len(s.Zones) > MaxZones:
		return fmt.Errorf("%w: more than %d zones", ErrSettings, MaxZones)
	case len(s.Masks) > MaxMasks:
		return fmt.Errorf("%w: more than %d masks", ErrSettings, MaxMasks)
	}
	names := map[string]bool{}
	for i, z := range s.Zones {
		if err := z.validate(); err != nil {
			return fmt.Errorf("%w of zone %d", err, i+1)
		}
		if names[z.Name] {
			return fmt.Errorf("%w: two zones of one name", ErrSettings)
		}
		names[z.Name] = true
	}
	for i, m := range s.Masks {
		if !m.valid() {
			return fmt.Errorf("%w: polygon of mask %d", ErrSettings, i+1)
		}
	}
	if len(s.Zones)+len(s.Masks) == 0 {
		return nil
	}
	return s.covers()
}

func (z Zone) validate() error {
	switch n := utf8.RuneCountInString(z.Name); {
	case n == 0 || n > MaxName || !utf8.ValidString(z.Name):
		return fmt.Errorf("%w: name", ErrSettings)
	case !z.Polygon.valid():
		return fmt.Errorf("%w: polygon", ErrSettings)
	case !sensitivity(z.Sensitivity):
		return fmt.Errorf("%w: sensitivity", ErrSettings)
	case !(z.MinArea >= 0 && z.MinArea <= 1):
		return fmt.Errorf("%w: min_area", ErrSettings)
	case z.MinDuration < 0 || time.Duration(z.MinDuration)*time.Millisecond > MaxDuration:
		return fmt.Errorf("%w: min_duration_ms", ErrSettings)
	}
	return nil
}

func sensitivity(v int) bool { return v >= 0 && v <= 100 }

// valid says that a polygon has as many corners as it may, and they lie in the picture. What
// is no number is in no picture. Whether it has an inside is for covers.
func (p Polygon) valid() bool {
	if len(p) < 3 || len(p) > MaxCorners {
		return false
	}
	for _, c := range p {
		if !(c[0] >= 0 && c[0] <= 1 && c[1] >= 0 && c[1] <= 1) {
			return false
		}
	}
	return true
}
