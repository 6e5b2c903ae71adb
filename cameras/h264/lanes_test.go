package h264

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestTransforms: what is added to the samples of a block is what the standard adds with one
// number after the other (clauses 8.5.12.2 and 8.5.13), and what is around them stays.
func TestTransforms(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	const stride = 16
	for i := range 20000 {
		n := 4 + i&1*4
		size := 8 * n * (1 + random.IntN(16)) // what eight of them come to fits 16 bits
		scan := zigzag4[:]
		if n == 8 {
			scan = zigzag8[:]
		}
		var got, want [8 * stride]uint8
		for k := range got {
			got[k] = uint8([]int{random.IntN(256), 0, 255}[random.IntN(3)])
		}
		want = got
		var words [16]lanes
		levels := make([]int32, n*n) // by rows
		for range random.IntN(9) {
			k := random.IntN(n * n >> random.IntN(4))
			v := int32(random.IntN(2*size+1) - size)
			x, y := int(scan[k]/4), int(scan[k]%4)
			if n == 8 {
				x, y = int(scan[k]/4%8), int(scan[k]/32*4+scan[k]%4)
			}
			if levels[n*y+x] == 0 {
				levels[n*y+x] = v
				words[scan[k]/4] += lanes(v) << (16 * (scan[k] % 4))
			}
		}
		reference(want[:], stride, n, levels)
		if n == 4 {
			add4(got[:], stride, (*[4]lanes)(words[:]))
		} else {
			add8(got[:], stride, &words)
		}
		if got != want || words != [16]lanes{} {
			t.Fatalf("%d: %v: %v, want %v", n, levels, got, want)
		}
	}
}

// TestFlat: a block of which only the first coefficient is not zero needs no transform.
func TestFlat(t *testing.T) {
	t.Parallel()
	for c := int32(-1 << 15); c < 1<<15-32; c++ { // what more is rounds to more than 16 bits
		got := []uint8{0, 100, 200, 255, 0, 90, 190, 255, 0, 80, 180, 255, 0, 70, 170, 255}
		want := slices.Clone(got)
		addFlat(got, 4, c)
		reference(want, 4, 4, append([]int32{c}, make([]int32, 15)...))
		if !slices.Equal(got, want) {
			t.Fatalf("%d: %v, want %v", c, got, want)
		}
	}
}

// reference adds the transform of a block to samples, line by line.
func reference(p []uint8, stride, n int, c []int32) {
	line := inverse4
	if n == 8 {
		line = inverse8
	}
	for y := range n {
		line(c, n*y, 1)
	}
	for x := range n {
		line(c, x, n)
	}
	for y := range n {
		for x := range n {
			at := y*stride + x
			p[at] = clip8(int32(p[at]) + (c[n*y+x]+32)>>6)
		}
	}
}

// inverse4 and inverse8 transform the line of c that begins at a place.
func inverse4(c []int32, at, step int) {
	d := func(i int) *int32 { return &c[at+i*step] }
	e, f := *d(0)+*d(2), *d(0)-*d(2)
	g, h := *d(1)>>1-*d(3), *d(1)+*d(3)>>1
	*d(0), *d(1), *d(2), *d(3) = e+h, f+g, f-g, e-h
}

func inverse8(c []int32, at, step int) {
	var d [8]int32
	for i := range d {
		d[i] = c[at+i*step]
	}
	e0, e1, e2, e3 := d[0]+d[4], -d[3]+d[5]-d[7]-d[7]>>1, d[0]-d[4], d[1]+d[7]-d[3]-d[3]>>1
	e4, e5, e6, e7 := d[2]>>1-d[6], -d[1]+d[7]+d[5]+d[5]>>1, d[2]+d[6]>>1, d[3]+d[5]+d[1]+d[1]>>1
	f0, f1, f2, f3 := e0+e6, e1+e7>>2, e2+e4, e3+e5>>2
	f4, f5, f6, f7 := e2-e4, e3>>2-e5, e0-e6, e7-e1>>2
	for i, v := range [8]int32{f0 + f7, f2 + f5, f4 + f3, f6 + f1, f6 - f1, f4 - f3, f2 - f5, f0 - f7} {
		c[at+i*step] = v
	}
}
