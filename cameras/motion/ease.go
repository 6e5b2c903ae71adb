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
	Zones    []string // those that it changes; none where it is of all of them
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

// Ignoring are the changes of settings by which a time of motion would not have counted in
// any zone, the smallest first; none where nothing is known that would do. Of what did not show
// on its own only how long it lasted is weighed.
func Ignoring(w media.Why, s Settings) []Ease {
	if !w.Sound() {
		return nil
	}
	e := easing{Why: w, now: s, zones: zonesOf(w, s)}
	var all []Ease
	for _, find := range []func() (Ease, bool){e.byDuration, e.byArea, e.bySensitivity, e.byMask} {
		if o, ok := find(); ok && o.Settings.Validate() == nil {
			all = append(all, o)
		}
	}
	return sorted(all)
}

// easing is where changes are looked for.
type easing struct {
	media.Why
	now   Settings
	zones []eased
}

// change is one of settings that are left as they are.
func (e *easing) change(by Limit) Ease {
	o := Ease{By: by, Settings: e.now}
	o.Settings.Zones, o.Settings.Masks = slices.Clone(e.now.Zones), slices.Clone(e.now.Masks)
	return o
}

// shown says that the map shows all of it, in all zones.
func (e *easing) shown() bool {
	return e.Size > 0 && len(e.Map) > 0 && len(e.zones) > 0 && !slices.ContainsFunc(e.zones, func(z eased) bool { return !z.shown })
}

// byDuration asks of each zone more than it lasted there.
func (e *easing) byDuration() (Ease, bool) {
	o := e.change(ByDuration)
	for _, z := range e.zones {
		ms := (z.lasted/durationStep + 1) * durationStep
		if z.index < 0 || ms > maxEaseDuration {
			return o, false
		}
		if to := &o.Settings.Zones[z.index]; ms > to.MinDuration {
			o.cost += float64(ms-to.MinDuration) / easeDuration
			o.Zones, to.MinDuration = append(o.Zones, to.Name), ms
		}
	}
	return o, len(o.Zones) > 0
}

// byArea asks of each zone more than stirred there at any time: that is at least as much as
// any one part, and between pictures that stand alone it is all that has to be as large.
func (e *easing) byArea() (Ease, bool) {
	o := e.change(ByArea)
	if !e.shown() {
		return o, false
	}
	for _, z := range e.zones {
		if z.index < 0 {
			return o, false
		}
		block := e.Width * e.Height / 4 // or more: what a zone wants is rounded down to those
		area := (math.Floor((stirred(e.Why, e.now, z.index, 2)+block)/areaStep) + 1) * areaStep
		if area > maxEaseArea {
			return o, false
		}
		if to := &o.Settings.Zones[z.index]; area > to.MinArea {
			o.cost += (area - to.MinArea) / easeArea
			o.Zones, to.MinArea = append(o.Zones, to.Name), math.Round(area/areaStep)/(1/areaStep)
		}
	}
	return o, len(o.Zones) > 0
}

// bySensitivity makes all zones so little sensitive that no cell in any of them counts.
func (e *easing) bySensitivity() (Ease, bool) {
	o := e.change(BySensitivity)
	if !e.shown() {
		return o, false
	}
	most := byte(0)
	for _, z := range e.zones {
		e.now.within(e.Why, z.index, func(i int) { most = max(most, e.Map[i]) })
	}
	to, all := below(int32(most)), false
	if to == 0 {
		return o, false
	}
	lower := func(v int, set *int) bool {
		if v <= to {
			return false
		}
		o.cost, *set = max(o.cost, float64(v-to)/easeSensitivity), to
		return true
	}
	for _, z := range e.zones {
		if z.index < 0 || e.now.Zones[z.index].Sensitivity == 0 {
			all = lower(cmp.Or(e.now.Sensitivity, UsualSensitivity), &o.Settings.Sensitivity) || all
		} else if own := &o.Settings.Zones[z.index]; lower(own.Sensitivity, &own.Sensitivity) {
			o.Zones = append(o.Zones, own.Name)
		}
	}
	if all {
		o.Zones = nil
	}
	return o, o.cost > 0
}

// byMask masks all that counted in any of the zones.
func (e *easing) byMask() (Ease, bool) {
	o := e.change(ByMask)
	if !e.shown() {
		return o, false
	}
	mask, share := e.over()
	if mask == nil || share > maxEaseMask {
		return o, false
	}
	o.Settings.Masks, o.cost = append(o.Settings.Masks, mask), easeNever+share/easeMask
	return o, true
}

func sorted(all []Ease) []Ease {
	slices.SortStableFunc(all, func(a, b Ease) int { return cmp.Compare(a.cost, b.cost) })
	return all
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

// over is a mask over all that counted, and which part of the picture that is; nil where
// nothing did.
func (e *easing) over() (Polygon, float64) {
	left, top, right, bottom := e.Columns, e.Rows, 0, 0
	for _, z := range e.zones {
		bound := e.now.warm(z.index)
		e.now.within(e.Why, z.index, func(i int) {
			if x, y := i%e.Columns, i/e.Columns; int32(e.Map[i]) >= bound {
				left, top, right, bottom = min(left, x), min(top, y), max(right, x+1), max(bottom, y+1)
			}
		})
	}
	if left >= right {
		return nil, 0
	}
	at := func(v int, side float64) float64 { return min(1, math.Round(float64(v)*side*1000)/1000) }
	l, t, r, b := at(left, e.Width), at(top, e.Height), at(right, e.Width), at(bottom, e.Height)
	return Polygon{{l, t}, {r, t}, {r, b}, {l, b}}, (r - l) * (b - t)
}
