package motion

import (
	"image"
	"math/bits"
	"time"

	"lares/cameras/h264"
)

const (
	softening    = 24      // added to the level of a picture, so that a still one does not make noise large
	maxRelative  = 20 << 8 // Q8: energy over the level, at most
	activeOffset = 640     // Q8: 2.5
	dazzling     = 2       // times the usual level (softened) that little stands out from
	warmLooks    = 30      // looks in which the baseline follows fast
)

// look is what one picture between two stills said of a zone.
type look struct {
	at time.Duration
	// count is how many cells move together with others, -1 when most of the picture does.
	count int
	// dazzled says that the picture is one that little stands out from.
	dazzled bool
	// scattered says that none of those hang together in a large part: noise does so.
	scattered bool
	// box is around those, in thousandths of the picture.
	box image.Rectangle
	// weight is how many pictures it stands for.
	weight int
}

// looks finds activity in the energies of macroblocks.
type looks struct {
	grid           grid
	seen           int     // pictures, those that were stood for among them
	base           []int32 // Q16: what a cell's energy over the level usually is
	relative       []int32 // Q8: energy over the level in the picture that was measured
	now, level     int32   // of the picture that was measured, and what is usual (Q8)
	next           []bool  // which of its cells are active, and in the two taken before it
	active, before []bool

	sps    *h264.SPS // whose pictures cover is laid over
	raster raster
	cover  cover
	found  []look // of the last picture, by zone
}

// take looks at a picture, for the zones of settings: what it says is in found. It
// stands for so many pictures.
func (l *looks) take(p *h264.Picture, at time.Duration, s *Settings, weight int) {
	count := l.measure(p, s)
	l.follow(weight)
	l.before, l.active, l.next = l.active, l.next, l.before
	dazzled := l.dazzled()
	l.adapt(weight)
	l.seen += weight
	l.find(at, count, weight)
	for i := range l.found {
		l.found[i].dazzled = dazzled
	}
}

// find says what the active cells of a picture are, so many, beside those of the one
// before.
func (l *looks) find(at time.Duration, count, weight int) {
	for i := range l.found {
		l.found[i] = look{at: at, count: -1, weight: weight}
	}
	if 2*count <= l.grid.seen {
		l.together()
	}
}

// remember takes a picture as the one before the next, and nothing more.
func (l *looks) remember(p *h264.Picture, s *Settings) (count int) {
	count = l.measure(p, s)
	l.active, l.next = l.next, l.active
	return count
}

// measure says how many cells of a picture are active: which ones is in next. Nothing is
// learnt of it.
func (l *looks) measure(p *h264.Picture, s *Settings) int {
	if l.grid.resize(p.Columns, p.Rows) {
		n := l.grid.columns * l.grid.rows
		*l = looks{
			grid: l.grid, base: make([]int32, n), relative: make([]int32, n),
			next: make([]bool, n), active: make([]bool, n), before: make([]bool, n),
		}
	}
	if l.sps != p.SPS {
		l.lay(p.SPS, s)
	}
	l.grid.load(p, l.cover.ignored)
	return l.mark()
}

// stirs says whether a picture that was measured may say that something moves: that in a
// zone so many cells are active that others are beside.
func (l *looks) stirs(limit func(zone int) int) bool {
	return !l.every(func(zone, active int) bool { return active < limit(zone) })
}

// every says whether something holds for all zones of a picture that was measured, and how
// many of their cells are active that others are beside.
func (l *looks) every(holds func(zone, active int) bool) bool {
	var counts [MaxZones]int
	for i, on := range l.next {
		if !on || l.cover.zones[i] == 0 || l.around(l.next, i%l.grid.columns, i/l.grid.columns) < 2 {
			continue
		}
		for zones := l.cover.zones[i]; zones != 0; zones &= zones - 1 {
			counts[bits.TrailingZeros16(zones)]++
		}
	}
	for i := range l.found {
		if !holds(i, counts[i]) {
			return false
		}
	}
	return true
}

// lay lays settings over the pictures of a sequence.
func (l *looks) lay(sps *h264.SPS, s *Settings) {
	l.raster = raster{
		columns: l.grid.columns, rows: l.grid.rows, side: 16 * l.grid.join,
		left: sps.Left, top: sps.Top, width: sps.Width, height: sps.Height,
	}
	l.sps, l.cover, l.found = sps, s.cover(l.raster), make([]look, max(1, len(s.Zones)))
}

// mark says which cells are active.
func (l *looks) mark() int {
	l.now = l.grid.level()
	reciprocal := int64(1<<32) / int64(l.now+softening)
	count := 0
	for i, e := range l.grid.energy {
		if e < 0 {
			l.next[i] = false
			continue
		}
		x := int32(min(maxRelative, int64(e)<<8*reciprocal>>32))
		if l.seen == 0 {
			l.base[i] = x << 8
		}
		l.relative[i] = x
		if l.next[i] = x > 2*(l.base[i]>>8)+activeOffset; l.next[i] {
			count++
		}
	}
	return count
}

// follow lets the baselines follow what was measured.
func (l *looks) follow(weight int) {
	for i, x := range l.relative {
		step := (x<<8 - l.base[i]) * int32(weight)
		switch {
		case l.grid.energy[i] < 0:
		case l.seen < warmLooks:
			l.base[i] += step * 5 >> 5
		case l.next[i]:
			l.base[i] += step >> 8
		default:
			l.base[i] += step >> 5
		}
	}
}

// together finds, for each zone, the active cells that have another beside them, and one
// there in the look before.
func (l *looks) together() {
	var cells [MaxZones]image.Rectangle
	for i := range l.found {
		l.found[i].count = 0
	}
	for y := range l.grid.rows {
		for x := range l.grid.columns {
			i := y*l.grid.columns + x
			if !l.active[i] || l.around(l.active, x, y) < 2 || l.around(l.before, x, y) < 1 {
				continue
			}
			for zones := l.cover.zones[i]; zones != 0; zones &= zones - 1 {
				k := bits.TrailingZeros16(zones)
				l.found[k].count++
				cells[k] = cells[k].Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	for i := range l.found {
		l.found[i].box = l.raster.part(cells[i])
	}
}

// around counts the active cells of a cell and its eight neighbours.
func (l *looks) around(active []bool, x, y int) int {
	n := 0
	for yy := max(0, y-1); yy <= min(l.grid.rows-1, y+1); yy++ {
		for xx := max(0, x-1); xx <= min(l.grid.columns-1, x+1); xx++ {
			if active[yy*l.grid.columns+xx] {
				n++
			}
		}
	}
	return n
}

// dazzled says that the level of the picture that was measured is so high, once what is
// usual is known, that most of it changes. That is other light, or all that the encoder saved
// on the pictures before.
func (l *looks) dazzled() bool {
	return l.seen >= warmLooks && l.now+softening > dazzling*(l.level>>8+softening)
}

// adapt lets what level is usual follow.
func (l *looks) adapt(weight int) {
	step := min(l.now<<8, dazzling*(l.level+softening<<8)) - l.level
	switch {
	case l.seen == 0:
		l.level = l.now << 8
	case l.seen < warmLooks:
		l.level += step * int32(weight) * 5 >> 5
	default:
		l.level += step * int32(weight) >> 5
	}
}
