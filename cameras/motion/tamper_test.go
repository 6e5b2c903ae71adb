package motion

import (
	"image"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// wall is a picture of things whose places and brightness a seed chooses, by gain and
// lift, with some noise; without gain it is flat.
func wall(seed uint64, gain, lift float64) *image.YCbCr {
	things, noise := rand.New(rand.NewPCG(seed, 1)), rand.New(rand.NewPCG(seed, uint64(1000*gain+lift)))
	p := image.NewYCbCr(image.Rect(0, 0, 320, 192), image.YCbCrSubsampleRatio420)
	for range 60 {
		left, top, v := things.IntN(320), things.IntN(192), things.Float64()*160*gain+lift
		for y := top; y < min(192, top+40); y++ {
			for x := left; x < min(320, left+60); x++ {
				p.Y[p.YOffset(x, y)] = uint8(v)
			}
		}
	}
	for i, v := range p.Y {
		p.Y[i] = uint8(max(0, min(255, max(float64(v), lift)+float64(noise.IntN(5)))))
	}
	return p
}

// TestTamper: a camera that is covered, turned or black is told once it is sure, and again
// when it shows its place; other light, something large that passes, and a moment are not.
func TestTamper(t *testing.T) {
	t.Parallel()
	own := func() *image.YCbCr { return wall(1, 1, 20) }
	other := func() *image.YCbCr { return wall(2, 1, 20) }
	flat := func() *image.YCbCr { return wall(1, 0, 120) }
	black := func() *image.YCbCr { return wall(1, 0, 14) }
	dim := func() *image.YCbCr { return wall(1, 0.25, 18) }
	passing := func() *image.YCbCr {
		p := own()
		for y := range 192 {
			for x := range 120 {
				p.Y[p.YOffset(x, y)] = 30
			}
		}
		return p
	}
	// similar has the things of its place in some parts, and others elsewhere: its likeness is 71.
	similar := func() *image.YCbCr {
		p, q := own(), other()
		for y := range 192 {
			copy(p.Y[p.YOffset(72, y):][:320-72], q.Y[q.YOffset(72, y):])
		}
		return p
	}
	const s = time.Second
	type shown struct {
		picture func() *image.YCbCr
		times   int
	}
	for name, c := range map[string]struct {
		shows []shown // each 2 s, behind 20 s of its place
		want  []Tamper
	}{
		"black":               {[]shown{{black, 5}, {own, 5}}, []Tamper{{Black, 20 * s, 0}, {Black, 20 * s, 30 * s}}},
		"covered":             {[]shown{{flat, 5}, {own, 5}}, []Tamper{{Covered, 20 * s, 0}, {Covered, 20 * s, 30 * s}}},
		"turned":              {[]shown{{other, 5}, {own, 5}}, []Tamper{{Turned, 20 * s, 0}, {Turned, 20 * s, 30 * s}}},
		"turned and turned":   {[]shown{{other, 3}, {flat, 3}, {own, 1}, {other, 2}, {own, 2}}, []Tamper{{Turned, 20 * s, 0}, {Turned, 20 * s, 38 * s}}},
		"turned for good":     {[]shown{{other, 330}}, []Tamper{{Turned, 20 * s, 0}, {Turned, 20 * s, 620 * s}}},
		"turned for a while":  {[]shown{{other, 2}, {own, 5}}, nil},
		"turned now and then": {[]shown{{other, 2}, {own, 1}, {other, 2}, {own, 3}}, nil},
		"turned to the like":  {[]shown{{similar, 10}, {own, 5}}, []Tamper{{Turned, 20 * s, 0}, {Turned, 20 * s, 40 * s}}},
		"alike for a while":   {[]shown{{similar, 5}, {own, 5}}, nil},
		"in other light":      {[]shown{{dim, 20}, {own, 5}}, nil},
		"passed":              {[]shown{{passing, 20}, {own, 5}}, nil},
	} {
		var st stills
		var p place
		var got []Tamper
		at := time.Duration(0)
		show := func(what shown) {
			for range what.times {
				see(&st, what.picture())
				p.take(&st, at, func(t Tamper) { got = append(got, t) })
				at += 2 * s
			}
		}
		show(shown{own, 10})
		for _, what := range c.shows {
			show(what)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// TestTamperUnknown: of a place that is not known yet, or has nothing to know it by, and
// of pictures of another size nothing is said; but what was told is ended.
func TestTamperUnknown(t *testing.T) {
	t.Parallel()
	var got []Tamper
	var p place
	at := time.Duration(0)
	show := func(st *stills, pictures ...*image.YCbCr) {
		for _, picture := range pictures {
			see(st, picture)
			p.take(st, at, func(t Tamper) { got = append(got, t) })
			at += 2 * time.Second
		}
	}
	var st stills
	show(&st, slices.Repeat([]*image.YCbCr{wall(1, 1, 20)}, knownPlace-1)...)
	p.seen--
	show(&st, slices.Repeat([]*image.YCbCr{wall(2, 1, 20)}, 2)...)
	if len(got) > 0 {
		t.Errorf("of a place that is not known: %v", got)
	}
	p = place{}
	show(&st, slices.Repeat([]*image.YCbCr{wall(1, 0, 120)}, 12)...)
	show(&st, slices.Repeat([]*image.YCbCr{wall(1, 0, 14)}, 12)...)
	if len(got) > 0 {
		t.Errorf("of a place without detail: %v", got)
	}
	p = place{}
	show(&st, slices.Repeat([]*image.YCbCr{wall(1, 1, 20)}, 12)...)
	at += time.Minute
	show(&st, wall(2, 1, 20))
	if at += time.Minute; len(got) > 0 {
		t.Errorf("after one still of another place: %v", got)
	}
	if show(&st, wall(2, 1, 20)); len(got) > 0 {
		t.Errorf("after two stills of another place: %v", got)
	}
	show(&st, slices.Repeat([]*image.YCbCr{wall(2, 1, 20)}, 2)...)
	var large stills
	show(&large, image.NewYCbCr(image.Rect(0, 0, 640, 480), image.YCbCrSubsampleRatio420))
	if len(got) != 2 || got[1].To != at-2*time.Second || p.told {
		t.Errorf("of another size: %v", got)
	}
}
