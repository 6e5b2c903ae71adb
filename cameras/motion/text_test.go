package motion

import (
	"image"
	"slices"
	"testing"
	"time"
)

// digits are drawn of bars (a, b, c, d, e, f, g, from the top one clockwise, the middle one
// last), as on a clock.
var digits = [10]uint8{0x3f, 0x06, 0x5b, 0x4f, 0x66, 0x6d, 0x7d, 0x07, 0x7f, 0x6f}

// write draws a digit, or a colon for -1, of a size in a picture and returns how wide it is.
func write(p *image.YCbCr, digit, x, y, size int) int {
	wide, bar := size/2, size/8
	fill := func(r image.Rectangle) {
		for yy := r.Min.Y; yy < r.Max.Y; yy++ {
			for xx := r.Min.X; xx < r.Max.X; xx++ {
				p.Y[p.YOffset(x+xx, y+yy)] = 235
			}
		}
	}
	if digit < 0 {
		fill(image.Rect(bar, size/4, 2*bar, size/4+bar))
		fill(image.Rect(bar, size*3/4, 2*bar, size*3/4+bar))
		return 4 * bar
	}
	for i, r := range []image.Rectangle{
		image.Rect(0, 0, wide, bar), image.Rect(wide-bar, 0, wide, size/2), image.Rect(wide-bar, size/2, wide, size),
		image.Rect(0, size-bar, wide, size), image.Rect(0, size/2, bar, size), image.Rect(0, 0, bar, size/2), image.Rect(0, (size-bar)/2, wide, (size+bar)/2),
	} {
		if digits[digit]>>i&1 != 0 {
			fill(r)
		}
	}
	return wide + bar
}

// writeClock draws hours, minutes and seconds.
func writeClock(p *image.YCbCr, at time.Duration, left, top, size int) {
	s := int(at / time.Second)
	x := left
	for i, v := range []int{s / 3600 % 24, s / 60 % 60, s % 60} {
		if i > 0 {
			x += write(p, -1, x, top, size)
		}
		x += write(p, v/10, x, top, size)
		x += write(p, v%10, x, top, size)
	}
}

// clocked shows stills with a clock each two seconds, and calls do with each before it is
// compared; found is told of what moves.
func clocked(size, left, top, n int, do func(i int, p *image.YCbCr), found func(i int, f still)) {
	var s stills
	c := newScene()
	places := [5]*image.YCbCr{c.draw(), c.draw(), c.draw(), c.draw(), c.draw()} // with other noise each
	const begin = 9*time.Hour + 55*time.Minute + 10*time.Second
	for i := range n {
		p := *places[i%len(places)]
		p.Y = slices.Clone(p.Y)
		writeClock(&p, begin+time.Duration(i)*2*time.Second, left, top, size)
		do(i, &p)
		found(i, see(&s, &p))
	}
}

// TestClockIsLearnt: of a clock that the camera writes into the picture nothing moves, not
// its minutes and hours either, which change once a minute or an hour.
func TestClockIsLearnt(t *testing.T) {
	t.Parallel()
	for size, at := range map[int]image.Point{16: {13, 147}, 20: {8, 8}, 24: {101, 11}} {
		clocked(size, at.X, at.Y, 200, func(int, *image.YCbCr) {}, func(i int, f still) {
			if i > 10 && f.size > 0 {
				t.Errorf("digits %d high at %v, still %d: %+v moves, and only the clock does", size, at, i, f)
			}
		})
	}
}

// TestBesideClock: who walks by beside a clock, under it or in its very line is seen, in
// every still but one.
func TestBesideClock(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		high, top, step int
		missed          int
	}{
		"somebody larger than the line":   {64, 8, 24, 0},
		"somebody under the line":         {48, 40, 24, 0},
		"something small within the line": {24, 8, 16, 1},
	} {
		const from = 120
		missed := 0
		clocked(24, 8, 8, from+8, func(i int, p *image.YCbCr) {
			if i < from {
				return
			}
			left := 100 + (i-from)*c.step
			for y := c.top; y < c.top+c.high; y++ {
				for x := left; x < left+24; x++ {
					p.Y[p.YOffset(x, y)] = uint8(20 + (x-left)*4)
				}
			}
		}, func(i int, f still) {
			if i >= from && f.size == 0 {
				missed++
			}
		})
		if missed > c.missed {
			t.Errorf("%s is not seen in %d stills", name, missed)
		}
	}
}
