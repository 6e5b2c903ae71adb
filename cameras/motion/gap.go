package motion

import (
	"image"
	"slices"
	"time"
)

const (
	// half is how long a still speaks for, before and behind it, where no look says
	// more; joined how far apart looks are that go on from each other.
	half   = 500 * time.Millisecond
	joined = 700 * time.Millisecond
	// tail is how long a look speaks for behind it.
	tail = 300 * time.Millisecond
	// freshUsual is how many active cells are usual before it is known (Q8).
	freshUsual = 2 << 8
	// longRun is how many looks together have to be much more than usual to count
	// without a still.
	longRun = 3
)

// span is a time of motion, with a box around what moves then, in thousandths of the
// picture.
type span struct {
	from, to time.Duration
	box      image.Rectangle
}

// gap is the time since the last still.
type gap struct {
	from   time.Duration
	moving bool            // the still at its beginning showed motion
	box    image.Rectangle // around that
	looks  []look
	usual  int // Q8, over freshUsual: active cells where nothing moves
	spans  []span
}

// add takes a look.
func (g *gap) add(l look) { g.looks = append(g.looks, l) }

// limit is how many active cells are more than usual; scale (Q8) multiplies it.
func (g *gap) limit(scale int32) int {
	return max(3, (2*(g.usual+freshUsual)>>8+2)*int(scale)>>8)
}

// runLimit is how many active cells are so much more than usual that they need no still.
func (g *gap) runLimit(scale int32) int {
	return max(8, (4*(g.usual+freshUsual)>>8+4)*int(scale)>>8)
}

// bounds are what counts in a gap.
type bounds struct {
	scale int32 // Q8: of all limits
	cells int   // how many cells have to be active at least
	warm  bool  // looks alone may be believed
}

// close ends the gap with a still, which shows motion in a box or not, and returns when
// there was motion in it; what is returned holds until the next call.
func (g *gap) close(at time.Duration, moving bool, box image.Rectangle, b bounds) []span {
	g.spans = g.spans[:0]
	switch {
	case at-g.from >= rare:
		g.stretches(at, moving, box, b)
		if !g.moving && !moving {
			g.learn()
		}
	case g.moving && moving:
		g.spans = append(g.spans, span{g.from, at, g.box.Union(box)})
	case moving:
		s := g.beginning(at, b)
		s.box = s.box.Union(box)
		g.spans = append(g.spans, s)
	case g.moving:
		s := g.ending(at, b)
		s.box = s.box.Union(g.box)
		g.spans = append(g.spans, s)
	default:
		if b.warm {
			g.runs(b)
		}
		g.learn()
	}
	g.from, g.moving, g.box, g.looks = at, moving, box, g.looks[:0]
	return g.spans
}

// beginning goes back from the still at the end over the looks that are more than usual.
func (g *gap) beginning(at time.Duration, b bounds) span {
	s := span{from: at - half, to: at}
	for i := len(g.looks) - 1; i >= 0; i-- {
		l := g.looks[i]
		if l.count < g.limit(b.scale) || l.at < s.from-joined {
			break
		}
		s.from, s.box = l.at, s.box.Union(l.box)
	}
	s.from = max(s.from, g.from)
	return s
}

// ending goes on from the still at the beginning.
func (g *gap) ending(at time.Duration, b bounds) span {
	s := span{from: g.from, to: g.from + half}
	for _, l := range g.looks {
		if l.count < g.limit(b.scale) || l.at > s.to+joined {
			break
		}
		s.to, s.box = l.at+tail, s.box.Union(l.box)
	}
	s.to = min(s.to, at)
	return s
}

// runs finds what came and went between the stills: several looks with much more than
// usual.
func (g *gap) runs(b bounds) {
	limit := max(b.cells, g.runLimit(b.scale))
	begun := -1
	var box image.Rectangle
	for i := range len(g.looks) + 1 {
		if i < len(g.looks) && g.looks[i].count >= limit && !g.looks[i].scattered {
			if begun < 0 {
				begun, box = i, image.Rectangle{}
			}
			box = box.Union(g.looks[i].box)
			continue
		}
		if begun >= 0 && i-begun >= longRun {
			g.spans = append(g.spans, span{g.looks[begun].at, g.looks[i-1].at + tail, box})
		}
		begun = -1
	}
}

// learn lets what is usual follow, in a gap whose stills show no motion: four times as
// slowly what is told as motion all the same, so that the next visit is not hidden by it.
func (g *gap) learn() {
	for _, l := range g.looks {
		if l.count < 0 {
			continue
		}
		pace := 26 // of 256
		if g.tells(l.at) {
			pace = 6
		}
		for range l.weight {
			now := g.usual + freshUsual
			g.usual += (min(l.count<<8, 3*now+5<<8) - now) * pace >> 8
		}
	}
}

// tells says that a time is one of motion.
func (g *gap) tells(at time.Duration) bool {
	return slices.ContainsFunc(g.spans, func(s span) bool { return at >= s.from && at < s.to })
}
