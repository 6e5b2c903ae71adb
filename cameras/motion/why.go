package motion

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math"
	"slices"

	"lares/cameras/media"
)

// Rare is how far apart pictures that stand alone are from which on most of what counts is found
// between them, where it is known that something moved but not how much.
const Rare = rare

// Mark tells settings from others.
func (s Settings) Mark() string {
	data, err := json.Marshal(s)
	if err != nil {
		return "" // no number: they were not validated
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:8])
}

// eased is a zone that it counted in, or may have.
type eased struct {
	index  int // -1 the whole picture
	lasted int // ms
	shown  bool
}

// zonesOf are all zones of settings in which a time of motion may have counted: those that
// it did, and by other settings than there were, those that the map shows something in too.
// All of them where it is not known in which. None where one is no more, for it may have
// another name now.
func zonesOf(w media.Why, s Settings) []eased {
	index := func(name string) int { return slices.IndexFunc(s.Zones, func(z Zone) bool { return z.Name == name }) }
	gone := func(name string) bool { return index(name) < 0 && (name != "" || len(s.Zones) > 0) }
	if gone(w.Zone) || slices.ContainsFunc(w.Zones, func(z media.WhyZone) bool { return gone(z.Zone) }) {
		return nil
	}
	var all []eased
	other := eased{lasted: w.Lasted, shown: w.Size > 0}
	for _, z := range w.Zones {
		all = append(all, eased{index(z.Zone), z.Lasted, z.Shown})
		other.lasted, other.shown = max(other.lasted, z.Lasted), other.shown && z.Shown
	}
	if len(w.Zones) > 0 && w.Settings == s.Mark() {
		return all
	}
	if len(s.Zones) == 0 && len(all) == 0 {
		other.index = -1
		return []eased{other}
	}
	for i := range s.Zones {
		other.index = i
		if known := slices.ContainsFunc(all, func(z eased) bool { return z.index == i }); !known && (len(w.Zones) == 0 || stirred(w, s, i, 1) > 0) {
			all = append(all, other)
		}
	}
	return all
}

// within calls do for each cell of a map that a zone reaches into, for all where it is the
// whole picture.
func (s *Settings) within(w media.Why, zone int, do func(i int)) {
	for i := range w.Map {
		if zone < 0 || s.Zones[zone].Polygon.reaches(float64(i%w.Columns)*w.Width, float64(i/w.Columns)*w.Height, w.Width, w.Height) {
			do(i)
		}
	}
}

// reaches says that a polygon reaches into a rectangle: one of its corners lies there, or one
// of the places that the rectangle is looked at, as far apart as its blocks at most.
func (p Polygon) reaches(left, top, width, height float64) bool {
	for _, c := range p {
		if c[0] >= left && c[0] <= left+width && c[1] >= top && c[1] <= top+height {
			return true
		}
	}
	const steps = 4 // blocks to the side of a cell at most
	for y := range steps + 1 {
		for x := range steps + 1 {
			if p.contains(Point{left + float64(x)*width/steps, top + float64(y)*height/steps}.place()) {
				return true
			}
		}
	}
	return false
}

// warm is from which on a cell of a map counts in a zone, or in the whole picture (-1). More
// than a byte says may count everywhere.
func (s *Settings) warm(zone int) int32 {
	v := s.Sensitivity
	if zone >= 0 {
		v = cmp.Or(s.Zones[zone].Sensitivity, v)
	}
	return min(math.MaxUint8, 100*scaleOf(v)>>8)
}

// stirred is how much of the picture stirred in a zone at any time: by this part of what
// counts there at least.
func stirred(w media.Why, s Settings, zone int, part int32) float64 {
	n, bound := 0, s.warm(zone)/part
	s.within(w, zone, func(i int) {
		if int32(w.Map[i]) >= bound {
			n++
		}
	})
	return float64(n) * w.Width * w.Height
}
