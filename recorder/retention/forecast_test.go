package retention

import (
	"math"
	"testing"

	"lares/cameras/media"
)

// comes is how much of a camera there is, and how much comes in a day, all in one pool.
type comes struct {
	bytes  int64
	perDay float64
}

func paced(of map[media.CameraID]comes) (map[Place]int64, map[media.CameraID]Pace) {
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
		paces  map[media.CameraID]comes
		room   int64
		reach  map[media.CameraID]day
		bound  map[media.CameraID]Bound
		full   day
	}{
		{"nothing comes", nil, map[media.CameraID]comes{door: {100, 0}}, 1000, map[media.CameraID]day{door: forever}, nil, forever},
		{"one camera", nil, map[media.CameraID]comes{door: {100, 50}}, 1000, map[media.CameraID]day{door: 20}, map[media.CameraID]Bound{door: BoundRoom}, 18},
		{"two of one group reach back alike", nil, map[media.CameraID]comes{door: {100, 50}, yard: {0, 150}}, 1000, map[media.CameraID]day{door: 5, yard: 5}, map[media.CameraID]Bound{door: BoundRoom, yard: BoundRoom}, 4.5},
		{"two groups have the same room, however much one records", nil, map[media.CameraID]comes{door: {0, 50}, shed: {0, 500}}, 1000, map[media.CameraID]day{door: 10, shed: 1}, map[media.CameraID]Bound{door: BoundRoom, shed: BoundRoom}, 1000.0 / 550},
		{"who needs less leaves it", func(p *Policy) { p.Cameras[door] = Camera{Group: ann, Rule: Rule{Days: 4}} }, map[media.CameraID]comes{door: {0, 50}, shed: {0, 100}}, 1000, map[media.CameraID]day{door: 4, shed: 8}, map[media.CameraID]Bound{door: BoundDays, shed: BoundRoom}, 1000.0 / 150},
		{"days keep all of it within the room", func(p *Policy) { p.Cameras[door] = Camera{Group: ann, Rule: Rule{Days: 4}} }, map[media.CameraID]comes{door: {0, 50}}, 1000, map[media.CameraID]day{door: 4}, map[media.CameraID]Bound{door: BoundDays}, forever},
		{"the room of a camera", func(p *Policy) { p.Cameras[door] = Camera{Group: ann, Rule: Rule{Bytes: 100}} }, map[media.CameraID]comes{door: {0, 50}}, 1000, map[media.CameraID]day{door: 2}, map[media.CameraID]Bound{door: BoundBytes}, forever},
		{"a quota", func(p *Policy) { p.Quotas[ann] = 200 }, map[media.CameraID]comes{door: {0, 50}, yard: {0, 50}}, 1000, map[media.CameraID]day{door: 2, yard: 2}, map[media.CameraID]Bound{door: BoundQuota, yard: BoundQuota}, forever},
		{"a short rule leaves the others of the group more", func(p *Policy) { p.Quotas[ann] = 200; p.Cameras[door] = Camera{Group: ann, Rule: Rule{Days: 1}} }, map[media.CameraID]comes{door: {0, 50}, yard: {0, 50}}, 1000, map[media.CameraID]day{door: 1, yard: 3}, map[media.CameraID]Bound{door: BoundDays, yard: BoundQuota}, forever},
		{"what grows no more fills nothing", func(p *Policy) { p.Cameras[door] = Camera{Group: ann, Rule: Rule{Days: 4}} }, map[media.CameraID]comes{door: {200, 50}, shed: {0, 100}}, 1000, map[media.CameraID]day{door: 4, shed: 8}, map[media.CameraID]Bound{door: BoundDays, shed: BoundRoom}, 8},
		{"full", nil, map[media.CameraID]comes{door: {1000, 50}}, 1000, map[media.CameraID]day{door: 20}, map[media.CameraID]Bound{door: BoundRoom}, 0},
	} {
		p := of(nil)
		if c.change != nil {
			c.change(&p)
		}
		used, paces := paced(c.paces)
		f := Foresee(p, used, nil, paces, []Room{{Bytes: c.room}})
		for id, want := range c.reach {
			if got := f.Reach[id]; got.Days != want && math.Abs(got.Days-want) > 0.001 || got.Bound != c.bound[id] {
				t.Errorf("%s: %v reaches %v days by %q, want %v by %q", c.name, id, got.Days, got.Bound, want, c.bound[id])
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
		"one":              {map[Place]int64{{Camera: door}: 10, {Camera: yard}: 30, {Camera: shed}: 40}, []Room{{Bytes: 900}}},
		"two":              {map[Place]int64{{Camera: door}: 10, {Camera: yard, Pool: 1}: 30, {Camera: shed, Pool: 1}: 40, {Camera: loft}: 25}, []Room{{[]int{0}, 700}, {[]int{1}, 800}}},
		"two, and a limit": {map[Place]int64{{Camera: door}: 10, {Camera: yard, Pool: 1}: 30, {Camera: shed, Pool: 1}: 40, {Camera: loft}: 25}, []Room{{[]int{0}, 700}, {[]int{1}, 2000}, {nil, 1000}}},
		"a quota in two":   {map[Place]int64{{Camera: yard, Pool: 1}: 30, {Camera: shed, Pool: 1}: 20, {Camera: lawn}: 10}, []Room{{[]int{0}, 700}, {[]int{1}, 800}}},
	} {
		r, paces := &rack{}, map[media.CameraID]Pace{}
		for at, n := range c.daily {
			for day := range 120 {
				r.put(at.Camera, media.KindMotion, float64(day)+0.5, n, false).items[len(r.items)-1].Pool = at.Pool
			}
			paces[at.Camera] = Pace{Pool: at.Pool, PerDay: float64(n)}
		}
		pass := Pass{Policy: p, Now: t0, Ages: true, Kinds: true, Used: r.used(), Rooms: c.rooms, Page: 16}
		if _, err := pass.Run(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		f := Foresee(p, nil, nil, paces, c.rooms)
		for at, n := range c.daily {
			if got := float64(r.used()[at] / n); math.Abs(got-f.Reach[at.Camera].Days) > 1.5 {
				t.Errorf("%s: %v has %v days, foreseen were %+v", name, at, got, f.Reach[at.Camera])
			}
		}
	}
}

// TestForecastHoldsBeside: so it is where a sub stream is recorded beside the main one, and has
// to stay for longer: in a room of any size, one too small for it too, within a quota, and within
// a camera's own bytes.
func TestForecastHoldsBeside(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Policy)
		room   int64
		main   Reach // of the door
		beside Reach
	}{
		"there is room for both":     {nil, 4000, Reach{53.3, BoundRoom}, Reach{53.3, BoundRoom}},
		"the main stream makes room": {nil, 2000, Reach{25.8, BoundRoom}, Reach{30, BoundRoom}},
		"no more than its part":      {nil, 600, Reach{7.5, BoundRoom}, Reach{10, BoundRoom}},
		"a rule ends it": {func(p *Policy) {
			p.Cameras[door] = Camera{Group: ann, Rule: Rule{Days: 10}, Kinds: map[media.Kind]Rule{KindBeside: {Days: 40}}}.WithBeside()
		}, 2500, Reach{10, BoundDays}, Reach{40, BoundDays}},
		"a quota":                {func(p *Policy) { p.Quotas[ann] = 1000 }, 4000, Reach{12.5, BoundQuota}, Reach{16.7, BoundQuota}},
		"the camera's own bytes": {func(p *Policy) { c := p.Cameras[door]; c.Bytes = 700; p.Cameras[door] = c }, 2500, Reach{13.1, BoundBytes}, Reach{17.5, BoundBytes}},
		"bytes of what is beside": {func(p *Policy) {
			p.Cameras[door] = Camera{Group: ann, Kinds: map[media.Kind]Rule{KindBeside: {Bytes: 100}}}.WithBeside()
		}, 4000, Reach{60, BoundRoom}, Reach{10, BoundBytes}},
		"so many bytes have to stay": {func(p *Policy) { c := p.Cameras[door]; c.AtLeastBytes = 1000; p.Cameras[door] = c }, 1500, Reach{20, BoundRoom}, Reach{26.7, BoundRoom}},
		"so many of what is beside": {func(p *Policy) {
			p.Cameras[door] = Camera{Group: ann, Kinds: map[media.Kind]Rule{KindBeside: {AtLeastBytes: 500}}}.WithBeside()
		}, 2000, Reach{22.5, BoundRoom}, Reach{50, BoundRoom}},
		"all has to stay for so long": {func(p *Policy) { p.Cameras[door] = Camera{Group: ann, Rule: Rule{AtLeast: 20}}.WithBeside() }, 1500, Reach{20, BoundRoom}, Reach{26.7, BoundRoom}},
	} {
		p := Policy{Cameras: map[media.CameraID]Camera{door: Camera{Group: ann}.WithBeside(), yard: Camera{Group: ann}.WithBeside()}, Quotas: map[Group]int64{}}
		if c.change != nil {
			c.change(&p)
		}
		r := &rack{}
		for day := range 120 {
			for id, n := range map[media.CameraID]int64{door: 40, yard: 20} {
				r.put(id, media.KindMotion, float64(day)+0.5, n, false)
				r.put(id, KindBeside, float64(day)+0.4, n/4, false)
			}
		}
		rooms := []Room{{Bytes: c.room}}
		pass := Pass{Policy: p, Now: t0, Ages: true, Kinds: true, Used: r.used(), Rooms: rooms, Page: 16}
		if _, err := pass.Run(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		f := Foresee(p, nil, nil, map[media.CameraID]Pace{door: {PerDay: 40, Beside: 10}, yard: {PerDay: 20, Beside: 5}}, rooms)
		for id := range p.Cameras {
			var main, beside float64
			for _, it := range r.items {
				switch {
				case it.Camera != id:
				case it.kind == KindBeside:
					beside++
				default:
					main++
				}
			}
			if math.Abs(main-f.Reach[id].Days) > 1.5 || math.Abs(beside-f.Beside[id].Days) > 1.5 {
				t.Errorf("%s: %v has %v days and %v beside, foreseen were %+v and %+v", name, id, main, beside, f.Reach[id], f.Beside[id])
			}
		}
		if got := f.Reach[door]; math.Abs(got.Days-c.main.Days) > 1 || got.Bound != c.main.Bound {
			t.Errorf("%s: the main stream reaches back %+v, want %+v", name, got, c.main)
		}
		if got := f.Beside[door]; math.Abs(got.Days-c.beside.Days) > 1 || got.Bound != c.beside.Bound {
			t.Errorf("%s: what is beside reaches back %+v, want %+v", name, got, c.beside)
		}
	}
}
