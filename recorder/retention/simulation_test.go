package retention

import (
	"math"
	"testing"
	"time"

	"lares/cameras/media"
)

// comesIn is what of a kind of a camera there is each day: so many clips of so many bytes.
type comesIn struct {
	camera media.CameraID
	kind   media.Kind
	clips  int
	bytes  int64
}

// starredOf are so many bytes that were starred before the first day.
type starredOf struct {
	camera media.CameraID
	kind   media.Kind
	bytes  int64
}

// TestForecastOfKindsAndStars: day after day comes what a forecast counts with, and passes make
// room for it: in the end everything reaches back as far as the forecast says, to a day, where
// kinds of events have rules of their own, and where much is starred.
func TestForecastOfKindsAndStars(t *testing.T) {
	const days = 100
	usual := []comesIn{
		{door, media.KindMotion, 2, 20}, {door, media.KindDoorbell, 2, 5}, {door, KindBeside, 2, 4},
		{yard, media.KindMotion, 2, 10}, {shed, media.KindMotion, 2, 24}, {shed, media.KindSound, 2, 9},
	}
	kinds := func(id media.CameraID, k media.Kind, r Rule) func(*Policy) {
		return func(p *Policy) {
			c := p.Cameras[id]
			c.Kinds = map[media.Kind]Rule{k: r}
			p.Cameras[id] = c
		}
	}
	beside := func(p *Policy) { p.Cameras[door] = p.Cameras[door].WithBeside() }
	for name, c := range map[string]struct {
		change  []func(*Policy)
		starred []starredOf
		room    int64
	}{
		"nothing special":                   {nil, nil, 3000},
		"rings stay for longer":             {[]func(*Policy){kinds(door, media.KindDoorbell, Rule{AtLeast: 60})}, nil, 3000},
		"rings stay for no longer":          {[]func(*Policy){kinds(door, media.KindDoorbell, Rule{Days: 3})}, nil, 3000},
		"rings may take so much":            {[]func(*Policy){kinds(door, media.KindDoorbell, Rule{Bytes: 85})}, nil, 3000},
		"rings have to stay, so many":       {[]func(*Policy){kinds(door, media.KindDoorbell, Rule{AtLeastBytes: 500})}, nil, 2000},
		"motion has little room":            {[]func(*Policy){kinds(door, media.KindMotion, Rule{Bytes: 200})}, nil, 2000},
		"two with rules":                    {[]func(*Policy){kinds(door, media.KindDoorbell, Rule{AtLeast: 50}), kinds(shed, media.KindSound, Rule{Days: 7})}, nil, 2000},
		"one starred much":                  {nil, []starredOf{{door, media.KindMotion, 700}}, 3000},
		"one starred more than its part":    {nil, []starredOf{{door, media.KindMotion, 1700}}, 3000},
		"stars in a quota":                  {[]func(*Policy){func(p *Policy) { p.Quotas[ann] = 1200 }}, []starredOf{{yard, media.KindMotion, 500}}, 9000},
		"stars of a camera that has a room": {[]func(*Policy){func(p *Policy) { c := p.Cameras[shed]; c.Bytes = 600; p.Cameras[shed] = c }}, []starredOf{{shed, media.KindSound, 240}}, 9000},
		"stars of a kind that has one":      {[]func(*Policy){kinds(door, media.KindDoorbell, Rule{Bytes: 150})}, []starredOf{{door, media.KindDoorbell, 60}}, 4000},
		"its sub stream stays":              {[]func(*Policy){beside}, nil, 3000},
		"for as long as that takes little":  {[]func(*Policy){beside}, nil, 700},
		"by all that there is":              {[]func(*Policy){beside}, []starredOf{{door, media.KindMotion, 150}}, 900},
		"with rings that stay for longer":   {[]func(*Policy){kinds(door, media.KindDoorbell, Rule{AtLeast: 40}), beside}, nil, 1000},
		"all together":                      {[]func(*Policy){kinds(door, media.KindDoorbell, Rule{AtLeast: 40}), kinds(shed, media.KindMotion, Rule{Bytes: 300}), func(p *Policy) { p.Quotas[ann] = 1500 }}, []starredOf{{door, media.KindDoorbell, 300}, {shed, media.KindMotion, 100}}, 2500},
	} {
		p := of(nil)
		for _, change := range c.change {
			change(&p)
		}
		r, stars := &rack{}, Starred{}
		for _, s := range c.starred {
			r.put(s.camera, s.kind, days+1, s.bytes, true)
			stars[Shelved{Place{Camera: s.camera}, s.kind}] = s.bytes
		}
		paces := map[media.CameraID]Pace{}
		for _, in := range usual {
			pace, perDay := paces[in.camera], float64(in.clips)*float64(in.bytes)
			if _, own := p.Cameras[in.camera].Kinds[in.kind]; in.kind == KindBeside {
				pace.Beside += perDay
			} else if own {
				pace.Kinds = map[media.Kind]float64{in.kind: perDay}
			} else {
				pace.PerDay += perDay
			}
			paces[in.camera] = pace
		}
		rooms := []Room{{Bytes: c.room}}
		for day := range days {
			now := daysAgo(float64(days - 1 - day))
			for _, in := range usual {
				for n := range in.clips {
					r.put(in.camera, in.kind, float64(days-1-day)+float64(n)/float64(in.clips), in.bytes, false)
				}
			}
			pass := Pass{Policy: p, Now: now, Ages: true, Kinds: true, Used: r.used(), Rooms: rooms, Page: 16}
			if _, err := pass.Run(t.Context(), r); err != nil || pass.Missed != nil {
				t.Fatal(err, pass.Missed)
			}
		}
		f := Foresee(p, r.used(), stars, paces, rooms)
		for _, in := range usual {
			var oldest time.Duration
			for _, it := range r.items {
				if it.Camera == in.camera && it.kind == in.kind && !it.star {
					oldest = max(oldest, t0.Sub(it.Start))
				}
			}
			want := f.Reach[in.camera]
			if own, ok := f.Kinds[in.camera][in.kind]; ok {
				want = own
			} else if in.kind == KindBeside {
				want = f.Beside[in.camera]
			}
			is := oldest.Hours()/24 + 1/float64(in.clips)
			if foreseen := min(days, want.Days); math.Abs(is-foreseen) > max(1, foreseen/20) {
				t.Errorf("%s: %s of %v reaches back %.2f days, foreseen were %+v", name, in.kind, in.camera, is, want)
			}
		}
	}
}
