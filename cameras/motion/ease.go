package motion

import (
	"cmp"
	"math"
	"slices"

	"lares/cameras/media"
)

// Limit is which of the settings a change is of.
type Limit string

// The limits that a time of motion may be kept out by.
const (
	ByDuration    Limit = "min_duration"
	ByArea        Limit = "min_area"
	BySensitivity Limit = "sensitivity"
	ByMask        Limit = "mask"
)

// Ease is a change of settings by which a time of motion would not have counted.
type Ease struct {
	By       Limit
	Settings Settings // all of them, changed
	cost     float64
}

const (
	// A change may be as large as these before another one is offered in its place: as much
	// is lost by five seconds, a fiftieth of the picture, 20 of 100 of sensitivity, or a
	// mask over a tenth of the picture.
	easeDuration    = 5000.0
	easeArea        = 0.02
	easeSensitivity = 20.0
	easeMask        = 0.1
	// easeNever is what a mask costs by itself: nothing counts there any more.
	easeNever = 0.25
	// durationStep and areaStep are what limits are rounded up to, so that people can read
	// them, and the next time that is much the same does not count either.
	durationStep = 500
	areaStep     = 0.001
	// maxEaseArea is the largest part that is offered to be too small, maxEaseDuration (ms)
	// the longest time to be too short, and maxEaseMask the largest mask: what goes further
	// is no small change.
	maxEaseArea     = 0.2
	maxEaseDuration = 15_000
	maxEaseMask     = 0.25
)

// Ignoring are the changes of settings by which a time of motion would not have counted,
// the smallest first; none where nothing is known that would do. Only what pictures that
// stand alone show is weighed, and only of the zone that it was first seen in.
func Ignoring(w media.Why, s Settings) []Ease {
	if !w.Sound() {
		return nil
	}
	zone := slices.IndexFunc(s.Zones, func(z Zone) bool { return z.Name == w.Zone })
	if zone < 0 && (w.Zone != "" || len(s.Zones) > 0) {
		return nil // of a zone that is no more
	}
	var all []Ease
	offer := func(by Limit, cost float64, change func(*Settings)) {
		changed := s
		changed.Zones, changed.Masks = slices.Clone(s.Zones), slices.Clone(s.Masks)
		if change(&changed); changed.Validate() == nil {
			all = append(all, Ease{by, changed, cost})
		}
	}
	if zone >= 0 {
		w.Map = within(w, s.Zones[zone].Polygon)
		if ms := (w.Lasted/durationStep + 1) * durationStep; ms <= maxEaseDuration && ms > s.Zones[zone].MinDuration {
			offer(ByDuration, float64(ms-s.Zones[zone].MinDuration)/easeDuration, func(c *Settings) { c.Zones[zone].MinDuration = ms })
		}
		if area := (math.Floor(max(w.Area, stirred(w))/areaStep) + 1) * areaStep; w.Size > 0 && area <= maxEaseArea && area > s.Zones[zone].MinArea {
			offer(ByArea, (area-s.Zones[zone].MinArea)/easeArea, func(c *Settings) { c.Zones[zone].MinArea = math.Round(area/areaStep) / (1 / areaStep) })
		}
	}
	if w.Size == 0 || len(w.Map) == 0 {
		return sorted(all)
	}
	if now, to := w.Sensitivity, below(int32(slices.Max(w.Map))); to > 0 && to < now {
		offer(BySensitivity, float64(now-to)/easeSensitivity, func(c *Settings) {
			if zone >= 0 && c.Zones[zone].Sensitivity != 0 {
				c.Zones[zone].Sensitivity = to
			} else {
				c.Sensitivity = to
			}
		})
	}
	if mask, share := over(w); mask != nil && share <= maxEaseMask {
		offer(ByMask, easeNever+share/easeMask, func(c *Settings) { c.Masks = append(c.Masks, mask) })
	}
	return sorted(all)
}

func sorted(all []Ease) []Ease {
	slices.SortStableFunc(all, func(a, b Ease) int { return cmp.Compare(a.cost, b.cost) })
	return all
}

// within are the cells of a map whose middles lie in a zone; the others are cold.
func within(w media.Why, zone Polygon) []byte {
	cells := slices.Clone(w.Map)
	for i := range cells {
		x, y := i%w.Columns, i/w.Columns
		if !zone.contains(int((float64(x)+0.5)*w.Width*whole), int((float64(y)+0.5)*w.Height*whole)) {
			cells[i] = 0
		}
	}
	return cells
}

// below is the greatest sensitivity at which no cell as warm as this counts; 0 where there
// is none, or the cell may be warmer than a byte says.
func below(most int32) int {
	if most == math.MaxUint8 {
		return 0
	}
	for v := 100; v > 0; v-- {
		if scaleOf(v)*100 > (most+1)<<8 {
			return v
		}
	}
	return 0
}

// stirred is how much of the picture stirred at any time: between pictures that stand alone
// all of that is what has to be as large as a zone wants, not one part of it.
func stirred(w media.Why) float64 {
	n := 0
	for _, v := range w.Map {
		if 2*int32(v)<<8 >= 100*scaleOf(w.Sensitivity) {
			n++
		}
	}
	return float64(n) * w.Width * w.Height
}

// over is a mask over all that counted, and which part of the picture that is; nil where
// nothing did.
func over(w media.Why) (Polygon, float64) {
	left, top, right, bottom := w.Columns, w.Rows, 0, 0
	for i, v := range w.Map {
		if int32(v)<<8 < 100*scaleOf(w.Sensitivity) {
			continue
		}
		x, y := i%w.Columns, i/w.Columns
		left, top, right, bottom = min(left, x), min(top, y), max(right, x+1), max(bottom, y+1)
	}
	if left >= right {
		return nil, 0
	}
	at := func(v int, side float64) float64 { return min(1, math.Round(float64(v)*side*1000)/1000) }
	l, t, r, b := at(left, w.Width), at(top, w.Height), at(right, w.Width), at(bottom, w.Height)
	return Polygon{{l, t}, {r, t}, {r, b}, {l, b}}, (r - l) * (b - t)
}
