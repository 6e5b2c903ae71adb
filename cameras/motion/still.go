package motion

import (
	"encoding/binary"
	"image"
	"math"
)

const (
	// maxBlocks is how many blocks a still is wide and high at most: blocks of larger pictures
	// are larger, so that numbers mean the same in a sub stream and a main stream.
	maxBlocks = 96
	// blockSide of the smallest blocks, in samples.
	blockSide = 8

	// tolerance is how far a block may be from what light explains, in levels of
	// luma (Q8), and unusual how many times further than it usually is (Q2).
	tolerance = 5 << 8
	unusual   = 12
	// freshDeviation is what a block's deviation begins with (Q8).
	freshDeviation = 8 << 8
	// lightStep is by how many levels the light of the whole picture changes for the
	// bounds to double: noise and clipping grow with it.
	lightStep = 16
	// newLight is a change of light behind which what is explained by it is taken over.
	newLight = 10
	// warmStills are those in which what is usual is learnt faster.
	warmStills = 3
	// minMoving is how many changed blocks have to hang together in a picture of usualBlocks
	// or more, and minSmall in a small one, in which somebody far away covers fewer.
	minMoving, minSmall, usualBlocks = 7, 4, 80 * 45
)

// stills compares the pictures that stand alone.
type stills struct {
	columns, rows, side int
	seen                int
	now, before         []int32 // means of luma by blocks, Q4
	usual               []int32 // Q8
	deviation           []int32 // Q8: how far blocks usually are from what light explains
	own, ownDeviation   []int32 // those two of the last still of the camera's own place
	far                 []int32 // Q8: how far they are now
	strength            []int32 // Q8: of which bound they reach
	changed             []bool
	stack               []int32
	stirred             int // the last one in which a part was large enough

	laid   bool // raster and cover are of these blocks and the last settings
	raster raster
	cover  cover
	found  []still // of the last picture, by zone
}

// leastMoving is how many changed blocks have to hang together in a picture of so many: as
// large a part of it as of one of usualBlocks, but never so few that noise does.
func leastMoving(all int) int { return min(max(minSmall, minMoving*all/usualBlocks), minMoving) }

// still is what one of them showed in a zone.
type still struct {
	// size is how much of the largest part that moves lies in the zone, in blocks; 0 for
	// none.
	size int
	// box is around all that moves there, in blocks.
	box image.Rectangle
}

// take compares a picture, for the zones of settings: what it shows is in found. The
// first one is only learnt.
func (s *stills) take(p *image.YCbCr, settings *Settings, watches []watch) {
	s.resize(p.Rect.Dx(), p.Rect.Dy())
	if !s.laid {
		s.raster = raster{columns: s.columns, rows: s.rows, side: s.side, width: p.Rect.Dx(), height: p.Rect.Dy()}
		s.laid, s.cover, s.found = true, settings.cover(s.raster), make([]still, len(watches))
	}
	s.before, s.now = s.now, s.before
	s.means(p)
	if s.seen++; s.seen == 1 {
		for i, v := range s.now {
			s.usual[i], s.deviation[i] = v<<4, freshDeviation
		}
		return
	}
	light := s.light()
	s.compare(light, watches)
	s.parts(watches)
	s.learn(light)
}

// keep keeps what is usual, for when the place is not shown for a while.
func (s *stills) keep() {
	copy(s.own, s.usual)
	copy(s.ownDeviation, s.deviation)
}

// back is told that the last picture shows the place again: what was usual there is so now, and
// that it is shown is no motion.
func (s *stills) back() {
	copy(s.usual, s.own)
	copy(s.deviation, s.ownDeviation)
	clear(s.strength)
	clear(s.found)
}

// resize makes room for pictures of that size; all is forgotten when it changes.
func (s *stills) resize(width, height int) {
	side := blockSide * ((max(width, height) + maxBlocks*blockSide - 1) / (maxBlocks * blockSide))
	columns, rows := max(1, width/side), max(1, height/side)
	if s.columns == columns && s.rows == rows && s.side == side {
		return
	}
	n := columns * rows
	*s = stills{
		columns: columns, rows: rows, side: side,
		now: make([]int32, n), before: make([]int32, n), usual: make([]int32, n), deviation: make([]int32, n), far: make([]int32, n),
		strength: make([]int32, n), changed: make([]bool, n), stack: make([]int32, 0, n),
	}
}

// samples is how many samples the blocks are of.
func (s *stills) samples() int { return s.columns * s.rows * s.side * s.side }

// means fills now.
func (s *stills) means(p *image.YCbCr) {
	wide, high := min(s.side, p.Rect.Dx()), min(s.side, p.Rect.Dy())
	n := int32(wide * high)
	for y := range s.rows {
		for x := range s.columns {
			at := p.YOffset(p.Rect.Min.X+x*s.side, p.Rect.Min.Y+y*s.side)
			s.now[y*s.columns+x] = sumOf(p.Y[at:], p.YStride, wide, high) * 16 / n
		}
	}
}

// sumOf adds the samples of a block.
func sumOf(samples []uint8, stride, wide, high int) (sum int32) {
	// most is of how many rows pairs fit sixteen bits.
	const most = 65535 / (2 * 255)
	for ; high > 0; high -= most {
		rows := min(high, most)
		x := 0
		for ; x+8 <= wide; x += 8 {
			sum += fold(pairsOf(samples[x:], stride, rows))
		}
		for ; x < wide; x++ {
			for y := range rows {
				sum += int32(samples[y*stride+x])
			}
		}
		if high > most {
			samples = samples[most*stride:]
		}
	}
	return sum
}

// pairsOf adds eight columns of so many rows at once: four pairs beside each other in one word.
// It is no part of what calls it: its loop needs the registers.
//
//go:noinline
func pairsOf(samples []uint8, stride, rows int) (word uint64) {
	const even = 0x00ff00ff00ff00ff
	for at := 0; rows > 0; rows-- {
		v := binary.NativeEndian.Uint64(samples[at : at+8 : at+8])
		word += v&even + v>>8&even
		at += stride
	}
	return word
}

// fold adds the four sums in a word: each alone, for together they do not fit sixteen bits.
func fold(word uint64) int32 {
	return int32(word&0xffff + word>>16&0xffff + word>>32&0xffff + word>>48)
}

// light is by how many levels the whole picture became lighter or darker: the median of
// the differences from the still before, or from what is usual if that is more.
func (s *stills) light() int32 {
	a := s.median(func(i int) int32 { return s.before[i] })
	b := s.median(func(i int) int32 { return s.usual[i] >> 4 })
	return max(a, -a, b, -b)
}

// median of the differences of what is not ignored, in levels.
func (s *stills) median(other func(i int) int32) int32 {
	var histogram [512]int
	all := 0
	for i, v := range s.now {
		if !s.ignored(i) {
			histogram[(v-other(i)+8)>>4+256]++
			all++
		}
	}
	seen := 0
	for i, n := range histogram {
		if seen += n; seen > 0 && 2*seen >= all {
			return int32(i) - 256
		}
	}
	return 0
}

// ignored says that a block lies under a mask.
func (s *stills) ignored(i int) bool { return s.cover.ignored != nil && s.cover.ignored[i] }

// compare says how much blocks changed, from what is usual and from the still before: as
// far as a zone's scale asks.
func (s *stills) compare(light int32, watches []watch) {
	least := watches[0].scale
	for i := range watches {
		least = min(least, watches[i].scale)
	}
	usual := func(i int) int32 { return s.usual[i] >> 4 }
	before := func(i int) int32 { return s.before[i] }
	for y := range s.rows {
		for x := range s.columns {
			i := y*s.columns + x
			s.strength[i] = 0
			if s.ignored(i) {
				s.far[i] = 0
				continue
			}
			s.far[i] = s.unexplained(x, y, usual)
			bound := s.bound(i, light)
			if s.strength[i] = strength(s.far[i], bound); s.strength[i] >= least {
				s.strength[i] = strength(min(s.far[i], s.unexplained(x, y, before)), bound)
			}
		}
	}
}

// strength is which part of a bound (Q8) is exceeded: at least 256 if all of it is.
func strength(far, bound int32) int32 { return (far<<8 - 1) / bound }

// bound is how far a block may be, Q8.
func (s *stills) bound(i int, light int32) int32 {
	return int32(int64(s.deviation[i]*unusual>>2+tolerance) * int64(lightStep+light) / lightStep)
}

// unexplained is how far the block at x, y and those around it are from what they would
// be had only brightness and contrast of other changed: the deviation that remains from
// the line that fits best, in levels, Q8.
func (s *stills) unexplained(x, y int, other func(i int) int32) int32 {
	var n, a, b, aa, bb, ab int64
	for yy := max(0, y-1); yy <= min(s.rows-1, y+1); yy++ {
		for xx := max(0, x-1); xx <= min(s.columns-1, x+1); xx++ {
			i := yy*s.columns + xx
			if s.ignored(i) {
				continue
			}
			v, w := int64(s.now[i]), int64(other(i))
			n, a, b = n+1, a+v, b+w
			aa, bb, ab = aa+v*v, bb+w*w, ab+v*w
		}
	}
	va, vb, c := n*aa-a*a, n*bb-b*b, n*ab-a*b // n squared times variances and covariance, Q8
	if c > 0 && vb > 0 {
		va -= c * c / vb // at most va, by Cauchy and Schwarz
	}
	return int32(root(uint64(max(0, va))<<8) / uint64(n))
}

// root is the whole part of a square root. The floating one is near; which whole number
// it is, whole numbers decide.
func root(v uint64) uint64 {
	r := uint64(math.Sqrt(float64(v)))
	for r > 1<<32-1 || r*r > v {
		r--
	}
	for r < 1<<32-1 && (r+1)*(r+1) <= v {
		r++
	}
	return r
}

// learn lets what is usual follow. What is changed is taken over slowly, so that what
// stays becomes usual; a new light at once, where light explains the block.
func (s *stills) learn(light int32) {
	pace, rate := int32(51), int32(51) // of 256
	if s.seen <= warmStills+1 {
		pace = 102
	}
	switch {
	case light > newLight:
		rate = 256
	case s.seen <= warmStills:
		rate = 128
	}
	for i, far := range s.far {
		step := s.now[i]<<4 - s.usual[i]
		if far > s.bound(i, light) {
			s.deviation[i] += min(far-s.deviation[i], 2*s.deviation[i]) * 26 >> 8
			s.usual[i] += step * 26 >> 8
			continue
		}
		s.deviation[i] += (far - s.deviation[i]) * pace >> 8
		s.usual[i] += step * rate >> 8
	}
}
