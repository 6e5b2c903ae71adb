package recorder

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"lares/cameras/media"
)

const (
	// gapLeast is how long a gap is at least: what comes less late is jitter.
	gapLeast = 2 * time.Second
	// gapSteps is how many times longer than from one picture to the next before it is at least,
	// too: some cameras send few.
	gapSteps = 3
	// gapTold is after what time without a recorded picture a gap is a row, before it is over.
	gapTold = 5 * time.Second
	// gapGrace is how long it may take until a first picture is recorded once all is to be: the
	// camera is connected, and a file begins with a picture that stands alone.
	gapGrace = 15 * time.Second
	// gapTurn is how long another cause has to last until the gap is another one.
	gapTurn = 10 * time.Second
	// gapBurst is how many gaps of a camera may be rows of their own at once, and gapRefill the
	// time after which one more may: one that comes and goes all year fills no table.
	gapBurst  = 30
	gapRefill = 2 * time.Minute
	// gapsOften within gapsOftenIn that the disk or the hub made are a trouble, short as each is;
	// those of the camera once together they are gapsLong, for one that is set up anew, or sent
	// a few pictures late, is well.
	gapsOften   = 3
	gapsOftenIn = 10 * time.Minute
	gapsLong    = 30 * time.Second
)

// coverage follows up to when a camera is recorded, while it is to be, and makes rows of what
// is not. DESIGN.md "Gaps" says which.
type coverage struct {
	camera  media.CameraID
	dates   dater
	put     func(GapRow) // rows have dates; all else here is of the clock that nobody sets
	remove  func(GapRow)
	cut     func(from, to time.Time)          // takes a time out of all rows
	machine func() (ran, slept time.Duration) // as in Config

	files *tape // all that is recorded, but for holes that are too short for a gap

	mu     sync.Mutex // guards following
	aim    aim
	since  time.Time     // that is so, but for events that come and go
	first  time.Time     // of the first picture recorded since; zero without
	until  time.Time     // up to here it is recorded, or was not to be
	called time.Time     // what that is called: by the file that it is in
	last   pictured      // the newest recorded picture
	step   time.Duration // between that and the one before
	pace   time.Duration // likewise, without a hole
	why    GapCause      // why nothing is, if somebody said so
	seemed GapCause      // likewise, as it looked last

	open    GapRow    // the gap that goes on, or none
	began   time.Time // when it did
	stored  bool      // it is a row
	told    time.Time // From of the newest one that was a row while it went on
	resumed bool      // it began before the hub did
	cause   GapCause  // of it alone: the row may stand for more
	before  GapRow    // what the row was before it stood for this gap as well
	ended   GapRow    // the newest one that is over
	former  time.Time // when that began
	turn    GapCause  // what the cause is by now
	turned  time.Time // since when
	full    time.Time // when gapBurst rows may be made at once again
	recent  []gapEnd  // the last of those that the disk or the hub made, at most gapsOften
	flaps   []gapEnd  // those of the last gapsOftenIn that the camera made
	naps    naps
	napped  time.Duration // for how long the machine slept while it went on
	woke    time.Time     // the last time, or when the hub ran again
	gaps    time.Time     // up to when there are any that are over
	looked  time.Duration // for how long the machine had run when somebody looked last
}

// reaches says up to when it is recorded, or was not to be; g.mu is held.
func (g *coverage) reaches(at time.Time) { g.until, g.called = at, g.dates.date(at) }

// gapEnd is the end of a gap.
type gapEnd struct {
	at    time.Time
	cause GapCause
	lost  time.Duration
}

// aim is what is to be recorded of a camera.
type aim struct {
	due   bool
	idle  bool          // nothing now, but an event as soon as one begins
	event media.EventID // the event that it is; zero is all, or none yet
	rest  bool          // the camera is off the air
}

// pictured is a recorded picture by its place in what its worker sends.
type pictured struct {
	run media.RunID
	at  time.Duration // since the worker began
}

// point says what is to be recorded from a time on.
func (g *coverage) point(to aim, at time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if to == g.aim {
		return
	}
	g.looks(at)
	if g.aim.due && !g.aim.rest && to.due && !to.rest && !g.open.From.IsZero() && g.open.Event.IsZero() {
		g.aim = to // what is missing is so all the same
		return
	}
	if !g.open.From.IsZero() || at.Sub(g.until) > gapTold { // else the rest may be on its way
		g.close(at)
	}
	if !g.aim.due || g.aim.rest || !to.idle && to.event.IsZero() { // else the camera had its time to come
		g.since, g.first = at, time.Time{}
	}
	g.aim = to
	g.reaches(at)
	g.last, g.why, g.seemed = pictured{}, "", ""
	if to.rest && to.due {
		g.begin(GapPrivacy, at)
		g.store()
	}
}

// resting says whether the camera is off the air.
func (g *coverage) resting() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.aim.rest
}

// wrote says that a picture was recorded, and when it came.
func (g *coverage) wrote(p pictured, at time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.aim.due && !g.aim.rest && !g.aim.idle {
		g.seemed = "" // before it none came, or somebody said what became of it
		g.upTo(p, at)
	}
}

// listened stands for the worker where its pictures are not recorded, but looked for now and then.
var listened = media.RunID{1}

// could says that an event would have had a picture that came at a time.
func (g *coverage) could(at time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.aim.idle && at.After(g.since) {
		g.upTo(pictured{listened, at.Sub(g.since)}, at)
	}
}

// idle says whether events alone are to be recorded, and none goes on.
func (g *coverage) idle() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.aim.idle
}

// upTo says up to which picture all is as it is to be; g.mu is held.
func (g *coverage) upTo(p pictured, at time.Time) {
	g.wakes(at)
	if g.stale(at) {
		return
	}
	follows := false
	if p.run == g.last.run {
		step := p.at - g.last.at
		follows = step <= max(gapLeast, gapSteps*g.step)
		g.step = step
		if step <= gapLeast {
			g.pace = step
		}
	}
	g.last = p
	if !at.After(g.until) && !g.resumed {
		return // it is in there twice
	}
	if g.napped == 0 && !g.resumed && (follows || at.Sub(g.until) <= gapLeast) {
		g.drop()
	} else {
		g.close(at)
	}
	if g.first.IsZero() {
		g.first = at
	}
	g.reaches(at)
	g.why, g.seemed = "", ""
}

// lost says that what was recorded from a time on did not reach the disk.
func (g *coverage) lost(from time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if from.After(g.since) && from.Before(g.until) {
		g.reaches(from)
		g.last = pictured{}
	}
}

// lacks says whether what came at a time is not recorded.
func (g *coverage) lacks(at time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return at.After(g.until)
}

// because says why nothing is recorded.
func (g *coverage) because(c GapCause) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.why = c
}

// look makes a row of what is missing for a while, and another one where the cause became
// another. What seems to be one counts where nobody said why, and a disk that is waited for
// always.
func (g *coverage) look(seems GapCause, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.aim.due || g.aim.rest {
		return
	}
	g.looks(now)
	g.seemed = seems
	cause := cmp.Or(g.why, seems)
	if seems == GapDisk { // by now
		cause = seems
	}
	switch {
	case g.open.From.IsZero():
		if now.Sub(g.until) > gapTold && !g.excused(now) {
			if g.until.Before(g.woke) {
				cause = GapHub
			}
			g.begin(cause, now)
			g.store()
		}
	case cause == g.cause:
		g.turn = ""
	case cause != g.turn:
		g.turn, g.turned = cause, now
	case now.Sub(g.turned) > gapTurn:
		at := g.turned
		if g.cause == GapHub {
			at = later(g.since, g.woke) // it runs since then
		}
		g.close(at)
		g.reaches(at)
		g.begin(cause, now)
		g.store()
	}
}

// stop says that the hub stops: where something is to be recorded, or was to be as soon as it
// happened, that is missing from here on, as far as it was not before.
func (g *coverage) stop(now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.aim.rest { // it may rest on
		return
	}
	due := g.aim.due
	if due && !g.open.From.IsZero() && g.cause == GapHub { // it never came back
		g.aim = aim{}
		return
	}
	if !due || !g.aim.event.IsZero() || !g.open.From.IsZero() {
		g.close(now)
		g.reaches(now)
	}
	g.aim = aim{}
	if due {
		g.begin(GapHub, now)
		g.store()
	}
}

// state says whether something is to be recorded, or an event could be, which gap goes on, and
// what made several within the last minutes: a disk or a hub, or else the camera.
func (g *coverage) state(now time.Time) (due, ready bool, gap Gap, often GapCause) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.open.From.IsZero() {
		gap = Gap{g.until, g.cause}
	}
	g.recent, g.flaps = lately(g.recent, now), lately(g.flaps, now)
	var lost time.Duration
	for _, e := range g.flaps {
		lost += e.lost
	}
	switch {
	case len(g.recent) >= gapsOften:
		often = g.recent[len(g.recent)-1].cause
	case len(g.flaps) >= gapsOften && lost >= gapsLong:
		often = GapCamera
	}
	ready = g.aim.idle && g.open.From.IsZero() && !g.first.IsZero()
	return g.aim.due && !g.aim.rest && !g.aim.idle, ready, gap, often
}

// lately are those gaps that are not over for long.
func lately(ends []gapEnd, now time.Time) []gapEnd {
	return slices.DeleteFunc(ends, func(e gapEnd) bool { return now.Sub(e.at) > gapsOftenIn })
}
