package media

import (
	"bytes"
	"slices"
)

// The bounds of Why.
const (
	// MaxWhySide is how many cells its map is wide and high at most.
	MaxWhySide = 24
	// MaxWhySeconds is how long its curve is at most.
	MaxWhySeconds = 60
	// MaxWhyZones is how many zones it is of at most, maxWhyName how long a name in it is, in
	// bytes.
	MaxWhyZones = 16
	maxWhyName  = 256
)

// Why is why a time of motion counted, for people: where and when how much moved, and by
// which limits that counted. It is small, for it goes with the event's text.
type Why struct {
	Zone string `json:"zone,omitempty"` // "" the whole picture
	// Zones are all that it counted in, the whole picture where none is set. None are there where the
	// settings changed meanwhile, nor of an event from before they were kept.
	Zones []WhyZone `json:"zones,omitempty"`
	// Settings is the mark of those that were in force, which is another for others.
	Settings string `json:"settings,omitempty"`
	// Sensitivity (1 to 100), MinArea (a part of the picture) and MinDuration
	// (milliseconds) are those that were in force there.
	Sensitivity int     `json:"sensitivity,omitempty"`
	MinArea     float64 `json:"min_area,omitempty"`
	MinDuration int     `json:"min_duration_ms,omitempty"`
	// Size is how large the largest part was that moved, in hundredths of the least that
	// counted; 0 where no picture that stands alone showed it. Lasted is for how long
	// something moved, in milliseconds.
	Size   int `json:"size,omitempty"`
	Lasted int `json:"lasted_ms"`
	// Area is how much of the picture that part was.
	Area float64 `json:"area,omitempty"`
	// Columns and Rows are those of Map, Width and Height the sides of its cells in parts
	// of the picture's. Map has a byte for each, row by row: the most that it moved, in
	// hundredths of what counts at the usual sensitivity.
	Columns int     `json:"columns,omitempty"`
	Rows    int     `json:"rows,omitempty"`
	Width   float64 `json:"cell_width,omitempty"`
	Height  float64 `json:"cell_height,omitempty"`
	Map     []byte  `json:"map,omitempty"`
	// Curve has a byte for each second from the beginning: how much moved at most, in
	// hundredths of what counts.
	Curve []byte `json:"curve,omitempty"`
}

// WhyZone is what is known of one of its zones.
type WhyZone struct {
	Zone string `json:"zone,omitempty"` // "" the whole picture
	// Lasted is for how long something moved there, in milliseconds: the longest time without
	// a pause that divides it.
	Lasted int `json:"lasted_ms"`
	// Shown says that it is in the map: pictures that stand alone showed it there, and were
	// not so rare that most lay between them.
	Shown bool `json:"shown,omitempty"`
}

// Bare is why without the limits, which are a camera's settings, and without what tells
// them: Size, which is in parts of one.
func (w Why) Bare() Why {
	w.Sensitivity, w.MinArea, w.MinDuration, w.Size, w.Settings = 0, 0, 0, 0, ""
	return w
}

// And is why an event counted that is of two times: what the one says that showed more, with
// the zones and the map of both. What it is made of stays as it is.
func (w Why) And(later Why) Why {
	if later.Size > w.Size {
		w, later = later, w
	}
	if w.Settings != later.Settings {
		w.Settings = ""
	}
	if len(w.Zones) == 0 || len(later.Zones) == 0 {
		w.Zones = nil // of one of them they are not known
		return w
	}
	fits := w.Columns == later.Columns && w.Rows == later.Rows && w.Width == later.Width && w.Height == later.Height
	if fits {
		w.Map = bytes.Clone(w.Map)
		for i, v := range later.Map {
			w.Map[i] = max(w.Map[i], v)
		}
	}
	w.Zones = slices.Clone(w.Zones)
	for _, z := range later.Zones {
		z.Shown = z.Shown && fits
		i := slices.IndexFunc(w.Zones, func(o WhyZone) bool { return o.Zone == z.Zone })
		switch {
		case i >= 0:
			w.Zones[i].Lasted, w.Zones[i].Shown = max(w.Zones[i].Lasted, z.Lasted), w.Zones[i].Shown && z.Shown
		case len(w.Zones) == MaxWhyZones:
			w.Zones = nil
			return w
		default:
			w.Zones = append(w.Zones, z)
		}
	}
	return w
}

// Sound says that it is within its bounds, for what comes from a camera's worker.
func (w *Why) Sound() bool {
	return w.Sensitivity >= 1 && w.Sensitivity <= 100 && w.MinArea >= 0 && w.MinArea <= 1 && w.MinDuration >= 0 && w.Size >= 0 && w.Lasted >= 0 && w.Area >= 0 && w.Area <= 64 &&
		w.Columns >= 0 && w.Columns <= MaxWhySide && w.Rows >= 0 && w.Rows <= MaxWhySide && len(w.Map) == w.Columns*w.Rows &&
		w.Width >= 0 && w.Width <= 64 && w.Height >= 0 && w.Height <= 64 && len(w.Curve) <= MaxWhySeconds && len(w.Zone) <= maxWhyName && len(w.Settings) <= maxWhyName &&
		len(w.Zones) <= MaxWhyZones && !slices.ContainsFunc(w.Zones, func(z WhyZone) bool { return z.Lasted < 0 || len(z.Zone) > maxWhyName })
}
