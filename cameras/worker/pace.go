package worker

import (
	"math"
	"time"
)

const (
	// paceBucket is over what the least delay is taken: of all that arrived
	// within it, the packet that the network held up least.
	paceBucket = 500 * time.Millisecond
	// paceWindow is how far back the pace looks. A stall of the network below
	// half of it does not count.
	paceWindow = 6 * time.Second
	// paceSettle is how much has to be seen before anything is believed.
	paceSettle = 2500 * time.Millisecond
	paceKept   = int(paceWindow/paceBucket) + 1

	// A clock is wrong if it goes this much too slow or too fast, and that adds
	// up to leastAway within the window; or if it is tooFar away, however that
	// came about. Below, nothing is touched: these are the 200 ms or 2 % that a
	// clip may be longer or shorter than it took.
	leastWrong = 0.01
	leastAway  = 0.1  // seconds
	tooFar     = 0.15 // seconds
	// A clock that goes right again to within these is left alone again.
	rightRate = 0.005
	nearby    = 0.03 // seconds

	// catchUp is the time in which what is lacking is made up, as far as
	// mostHaste allows.
	catchUp   = 4.0 // seconds
	mostHaste = 0.25

	// A unit that comes this much later after the one before than its time says,
	// and half of what lies between them, is held up: a pulled cable, a network
	// or a processor with too much to do. No clock is as wrong as that.
	heldUp = 0.3 // seconds
	// What comes in the wake of that is no evidence, until the delay is back to
	// within the first of these; or, if it never comes back, until the second is
	// over: then the camera's clock stood still meanwhile.
	cameBack = 0.05 // seconds
	longWake = paceWindow

	// paceTurn is how often the slope changes at most.
	paceTurn = time.Second
)

// point is the least delay of a bucket: at x seconds a unit came y seconds after
// its time.
type point struct{ x, y float64 }

// pace finds out how fast a track's clock really goes, from when its units
// arrive. A unit comes late for many reasons and early for none: so the least
// delays of the last seconds are bounded from below by a line, whose slope is
// how much the clock is wrong (Moon, Skelly, Towsley, "Estimation and removal of
// clock skew from network delay measurements", 1999).
type pace struct {
	points  []point // of complete buckets, the newest last
	current point
	bucket  int64
	begun   bool
	newest  point         // whatever it is worth
	wake    time.Duration // since when nothing is evidence; 0: it is
	rate    float64       // of the line, while it is wrong

	settled bool
	level   float64 // of the line where it begins: what is meant to stay
	turned  time.Duration

	bends  int           // how often the slope ceased to be 1
	wrong  bend          // the last time
	bent   bool          // the slope is not 1
	bentAt time.Duration // when it was last
}

// add notes that a unit came at now (since the beginning) with the given delay.
func (p *pace) add(now time.Duration, delay float64) {
	here := point{now.Seconds(), delay}
	if p.held(now, here) {
		return
	}
	at := int64(now / paceBucket)
	switch {
	case p.begun && at == p.bucket:
		if delay < p.current.y {
			p.current = here
		}
		return
	case p.begun:
		if len(p.points) == paceKept {
			p.points = append(p.points[:0], p.points[1:]...)
		}
		p.points = append(p.points, p.current)
	}
	for len(p.points) > 0 && here.x-p.points[0].x > paceWindow.Seconds() {
		p.points = append(p.points[:0], p.points[1:]...)
	}
	p.begun, p.bucket, p.current = true, at, here
}

// held reports whether a unit comes in the wake of one that was held up.
func (p *pace) held(now time.Duration, here point) bool {
	late := here.y - p.newest.y
	apart := here.x - p.newest.x - late // by their times
	p.newest = here
	if p.begun && late > heldUp+max(apart, 0)/2 && p.wake == 0 {
		p.wake = now
	}
	if p.wake == 0 {
		return false
	}
	before := p.current
	if n := len(p.points); n > 0 {
		before = p.points[n-1]
	}
	if here.y > before.y+p.rate*(here.x-before.x)+cameBack {
		if now-p.wake < longWake {
			return true
		}
		p.points, p.begun = p.points[:0], false
	}
	p.wake = 0
	return false
}

// slope is by how much the track's clock is to be stretched from now on; moved
// is how much later than by its clock alone units are given out at present.
func (p *pace) slope(now time.Duration, moved float64) (slope float64, turn bool) {
	n := len(p.points)
	if n < 3 || p.wake != 0 || now-p.turned < paceTurn || p.points[n-1].x-p.points[0].x < paceSettle.Seconds() {
		return 0, false
	}
	p.turned = now
	from, rate := below(p.points)
	line := func(x float64) float64 { return from.y + rate*(x-from.x) }
	if !p.settled {
		p.settled, p.level = true, line(0)-moved
	}
	var noise float64
	for _, q := range p.points {
		noise += (q.y - line(q.x)) / float64(n)
	}
	away := line(now.Seconds()) - moved - p.level
	window := p.points[n-1].x - p.points[0].x
	wrong := math.Abs(rate) > leastWrong && math.Abs(rate)*window > leastAway+2*noise || math.Abs(away) > tooFar+2*noise
	if p.bent {
		wrong = math.Abs(rate) > rightRate || math.Abs(away) > nearby
	}
	if p.bent || wrong {
		p.bentAt = now
	}
	if !wrong {
		turn, p.bent, p.rate = p.bent, false, 0
		return 1, turn
	}
	p.rate = rate
	if !p.bent {
		p.bent = true
		p.bends++
		p.wrong = bend{from, rate, moved + p.level, away}
	}
	haste := min(max(away/catchUp, -mostHaste), mostHaste)
	return min(max((1+haste)/(1-min(rate, 0.5)), 0.4), 2.5), true
}

// bend is the line that showed a clock to be wrong, where it should have been,
// and how far it had gone away.
type bend struct {
	from        point
	rate, right float64
	away        float64
}

// astray is how far the clock was away at x seconds, as its last bend shows: not
// at all where the line had not yet left what was right.
func (p *pace) astray(x float64) float64 {
	if x < 0 {
		return 0
	}
	d := p.wrong.from.y + p.wrong.rate*(x-p.wrong.from.x) - p.wrong.right
	return min(max(d, min(0, p.wrong.away)), max(0, p.wrong.away))
}

// straight reports whether the clock has been taken as it is for d.
func (p *pace) straight(now, d time.Duration) bool {
	return !p.bent && (p.bentAt == 0 || now-p.bentAt > d)
}

// below finds the line below all points that is closest to them: the edge of
// their lower convex hull above the mean of x. There are at least two points,
// with rising x.
func below(points []point) (from point, rate float64) {
	var hull [paceKept]point
	n, mean := 0, 0.0
	for _, q := range points {
		mean += q.x / float64(len(points))
		for n >= 2 && (hull[n-1].x-hull[n-2].x)*(q.y-hull[n-2].y) <= (hull[n-1].y-hull[n-2].y)*(q.x-hull[n-2].x) {
			n--
		}
		hull[n] = q
		n++
	}
	i := 1
	for i < n-1 && hull[i].x < mean {
		i++
	}
	a, b := hull[i-1], hull[i]
	return a, (b.y - a.y) / (b.x - a.x)
}
