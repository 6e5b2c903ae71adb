package retention

import (
	"math"
	"testing"

	"lares/cameras/media"
)

// flow is how much of a camera there is, and how much comes in a day, all in one pool.
type flow struct {
	bytes  int64
	perDay float64
}

func flows(of map[media.CameraID]flow) (map[Place]int64, map[media.CameraID]Pace) {
	used, paces := map[Place]int64{}, map[media.CameraID]Pace{}
	for id, f := range of {
		used[Place{Camera: id}], paces[id] = f.bytes, Pace{PerDay: f.perDay}
	}
	return used, paces
}

func TestForesee(t *testing.T) {
	forever := math.Inf(1)
	type day = float64
	for _, c := range []struct {
		name   string
		change func(*Policy)
		paces  map[media.CameraID]flow
		room   int64
		reach  map[media.CameraID]day
		bound  map[media.CameraID]Bound
		full   day
	}{
		{"nothing comes", nil, map[media.CameraID]flow{door: {100, 0}}, 1000, map[media.CameraID]day{door: forever}, nil, forever},
		{"one camera", nil, map[media.CameraID]flow{door: {100, 50}}, 1000, map[media.CameraID]day{door: 20}, map[media.CameraID]Bound{door: BoundRoom}, 18},
		{"two of one group reach back alike", nil, map[media.CameraID]flow{door: {100, 50}, yard: {0, 150}}, 1000, map[media.CameraID]day{door: 5, yard: 5}, map[media.CameraID]Bound{door: BoundRoom, yard: BoundRoom}, 4.5},
		{"two groups have the same room, however much one records", nil, map[media.CameraID]flow{door: {0, 50}, shed: {0, 500}}, 1000, map[media.CameraID]day{door: 10, shed: 1}, map[media.CameraID]Bound{door: BoundRoom, shed: BoundRoom}, 1000.0 / 550},
		{"who needs less leaves it", func(p *Policy) { p.Cameras[door] = Camera{Group: ann, Rule: Rule{Days: 4}} }, map[media.CameraID]flow{door: {0, 50}, shed: {0, 100}}, 1000, map[media.CameraID]day{door: 4, shed: 8}, map[media.CameraID]Bound{door: BoundDays, shed: BoundRoom}, 1000.0 / 150},
		{"days keep all of it within the room", func(p *Policy) { p.Cameras[door] = Camera{Group: ann, Rule: Rule{Days: 4}} }, map[media.CameraID]flow{door: {0, 50}}, 1000, map[media.CameraID]day{door: 4}, map[media.CameraID]Bound{door: BoundDays}, forever},
		{"the room of a camera", func(p *Policy) { p.Cameras[door] = Camera{Group: ann, Bytes: 100} }, map[media.CameraID]flow{door: {0, 50}}, 1000, map[media.CameraID]day{door: 2}, map[media.CameraID]Bound{door: BoundBytes}, forever},
		{"a quota", func(p *Policy) { p.Quotas[ann] = 200 }, map[media.CameraID]flow{door: {0, 50}, yard: {0, 50}}, 1000, map[media.CameraID]day{door: 2, yard: 2}, map[media.CameraID]Bound{door: BoundQuota, yard: BoundQuota}, forever},
		{"a short rule leaves the others of the group more", func(p *Policy) { p.Quotas[ann] = 200; p.Cameras[door] = Camera{Group: ann, Rule: Rule{Days: 1}} }, map[media.CameraID]flow{door: {0, 50}, yard: {0, 50}}, 1000, map[media.CameraID]day{door: 1, yard: 3}, map[media.CameraID]Bound{door: BoundDays, yard: BoundQuota}, forever},
		{"what grows no more fills nothing", func(p *Policy) { p.Cameras[door] = Camera{Group: ann, Rule: Rule{Days: 4}} }, map[media.CameraID]flow{door: {200, 50}, shed: {0, 100}}, 1000, map[media.CameraID]day{door: 4, shed: 8}, map[media.CameraID]Bound{door: BoundDays, shed: BoundRoom}, 8},
		{"full", nil, map[media.CameraID]flow{door: {1000, 50}}, 1000, map[media.CameraID]day{door: 20}, map[media.CameraID]Bound{door: BoundRoom}, 0},
	} {
		p := of(nil)
		if c.change != nil {
			c.change(&p)
		}
		used, paces := flows(c.paces)
		f := Foresee(p, used, paces, []Room{{Bytes: c.room}})
		for id, want := range c.reach {
			if got := f.Reach[id]; got != want && math.Abs(got-want) > 0.001 || f.Bound[id] != c.bound[id] {
				t.Errorf("%s: %v reaches %v days by %q, want %v by %q", c.name, id, got, f.Bound[id], want, c.bound[id])
			}
		}
		if full := f.Full[0]; full != c.full && math.Abs(full-c.full) > 0.001 {
			t.Errorf("%s: full in %v, want %v", c.name, full, c.full)
		}
	}
}

// TestForecastHolds: what is foreseen is what passes make of it in the end, in one pool and
// in two, whatever bounds there are.
func TestForecastHolds(t *testing.T) {
	p := of(func(c *Camera) { c.Days = 20 })
	p.Quotas[bob] = 300
	lawn, loft := media.CameraID{4}, media.CameraID{5}
	p.Cameras[lawn], p.Cameras[loft] = Camera{Group: bob}, Camera{Group: ann}
	for name, c := range map[string]struct {
		daily map[Place]int64
		rooms []Room
	}{
		"one":              {map[Place]int64{{door, 0}: 10, {yard, 0}: 30, {shed, 0}: 40}, []Room{{Bytes: 900}}},
		"two":              {map[Place]int64{{door, 0}: 10, {yard, 1}: 30, {shed, 1}: 40, {loft, 0}: 25}, []Room{{[]int{0}, 700}, {[]int{1}, 800}}},
		"two, and a limit": {map[Place]int64{{door, 0}: 10, {yard, 1}: 30, {shed, 1}: 40, {loft, 0}: 25}, []Room{{[]int{0}, 700}, {[]int{1}, 2000}, {nil, 1000}}},
		"a quota in two":   {map[Place]int64{{yard, 1}: 30, {shed, 1}: 20, {lawn, 0}: 10}, []Room{{[]int{0}, 700}, {[]int{1}, 800}}},
	} {
		r, paces := &rack{}, map[media.CameraID]Pace{}
		for at, n := range c.daily {
			for day := range 120 {
				r.put(at.Camera, media.KindMotion, float64(day)+0.5, n, false).items[len(r.items)-1].Pool = at.Pool
			}
			paces[at.Camera] = Pace{Pool: at.Pool, PerDay: float64(n)}
		}
		pass := Pass{Policy: p, Now: t0, Ages: true, Used: r.used(), Rooms: c.rooms, Page: 16}
		if _, err := pass.Run(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		f := Foresee(p, nil, paces, c.rooms)
		for at, n := range c.daily {
			if got := float64(r.used()[at] / n); math.Abs(got-f.Reach[at.Camera]) > 1.5 {
				t.Errorf("%s: %v has %v days, foreseen were %v by %q", name, at, got, f.Reach[at.Camera], f.Bound[at.Camera])
			}
		}
	}
}
