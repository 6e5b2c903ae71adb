package recorder

import (
	"context"
	"time"

	"lares/cameras/media"
)

// GapCause says why nothing was recorded.
type GapCause string

const (
	// GapCamera is a camera that brought no pictures, or none that a file can begin with.
	GapCamera GapCause = "camera"
	// GapDisk is a disk that was full, failed, did not answer in time or was not there.
	GapDisk GapCause = "disk"
	// GapOverload is a hub that was too slow for what the camera brought.
	GapOverload GapCause = "overload"
	// GapPrivacy is a camera that somebody took off the air: nothing went wrong.
	GapPrivacy GapCause = "privacy"
	// GapHub is a hub that did not run.
	GapHub GapCause = "hub"
	// GapOther is what the hub's log says more of, such as a key that was not there.
	GapOther GapCause = "other"
)

// HoleMost is how long what is missing in a file is at most: what is missing for longer ends it, by the
// camera's clock, which is not the hub's.
const HoleMost = stall + time.Second

// GapRow is the index entry of a gap: a span in which nothing of a camera could be recorded
// although all was to be, or every event. Camera and From name it.
type GapRow struct {
	Camera media.CameraID
	From   time.Time // wall clock of the end of what was recorded before, or could have been
	To     time.Time // of the first picture behind; zero while it goes on
	Cause  GapCause
	// Event is the event that it began in, of a camera that is recorded for events alone; zero
	// of any other one.
	Event media.EventID
	// Count is how many gaps it stands for, 1 or more: of those that follow each other too
	// fast for a row each, with little recorded between them.
	Count int
}

// GapIndex is the part of an Index that is about gaps.
type GapIndex interface {
	// GapRemoved removes the gap of that camera and From: it was none. One that is not there is
	// no error.
	GapRemoved(ctx context.Context, camera media.CameraID, from time.Time) error
	// GapsOpen lists those that go on.
	GapsOpen(ctx context.Context) ([]GapRow, error)
	// GapsEnd is when the newest of each camera ended.
	GapsEnd(ctx context.Context) (map[media.CameraID]time.Time, error)
	// GapsExpire removes what is no use any more: gaps that ended before a time and before the
	// oldest clip of their camera began, and of each camera all but the newest most.
	GapsExpire(ctx context.Context, before time.Time, most int) error
	// DuePut notes of which cameras something is to be recorded, in place of what it noted before.
	DuePut(ctx context.Context, d Due) error
	// DueLast is what was noted last; zero without.
	DueLast(ctx context.Context) (Due, error)
}

// Due is of which cameras something was to be recorded, be it only events, at a time when the hub
// ran: what a crash leaves to tell since when it did not.
type Due struct {
	At      time.Time
	Cameras []media.CameraID
}

// dater tells what times of a camera are called.
type dater interface {
	// date is what at is called, which the clock told.
	date(at time.Time) time.Time
	// keep says that a gap is told from one date to another, of which the last is what at is called:
	// where that is ahead of the clock nothing else is to have those dates.
	keep(from, to, at time.Time)
}

// timeline is that of a camera's main stream.
type timeline struct {
	dates *dates
	tape  *tape
}

func (t timeline) date(at time.Time) time.Time { return t.tape.of(at, t.dates.of(at)) }

func (t timeline) keep(from, to, at time.Time) {
	if to.After(t.dates.of(at)) {
		t.tape.recorded(from, to)
	}
}

// plainly tells the clock's dates, of what has no gaps.
type plainly struct{}

func (plainly) date(at time.Time) time.Time { return at.Round(0) }
func (plainly) keep(_, _, _ time.Time)      {}

// ends is what the end of the open gap is called: no later than it lasted, however the clock was
// set, but of one that the clock's dates have no room for at least together; g.mu is held.
func (g *coverage) ends(at time.Time) time.Time {
	from, to := g.open.From, g.dates.date(at)
	if !g.resumed {
		lasted := at.Sub(g.began) + g.napped
		if !to.After(from) {
			to = from.Add(together)
		}
		to = from.Add(min(to.Sub(from), lasted))
	}
	g.dates.keep(from, to, at)
	return to
}

// over says that a gap is: where a file lies that was before it, it is none; g.mu is held. A row that stands
// for several lies over what was recorded between them.
func (g *coverage) over(row GapRow) {
	if g.gaps = later(g.gaps, row.To); row.Count > 1 {
		return
	}
	for _, file := range g.files.within(chain{row.From, row.To}) {
		from, until := later(row.From, file.from), row.To
		if file.to.Before(until) {
			until = file.to
		}
		if until.Sub(from) > g.pace+time.Millisecond { // else a picture lasts up to the next one
			g.cut(file.from, file.to)
			g.ended = GapRow{} // the next one does not stand in it: what is cut out would be in it again
		}
	}
}

// filed says that something was recorded from one date to another: no gap lies over it. A picture of before
// an event has the event's date, and a clock that was set gives what follows one in a time of before.
func (g *coverage) filed(from, to time.Time) {
	g.files.recorded(from, to)
	g.mu.Lock()
	defer g.mu.Unlock()
	if !from.Before(g.gaps) {
		return
	}
	if g.cut(from, to); !g.open.From.IsZero() && g.stored { // it began with the last picture of that
		g.put(g.open)
	}
}

// uncover has the gap that goes on begin behind a file of before, if it began in it.
func (g *coverage) uncover(file chain) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.open.From.IsZero() || !file.holds(g.open.From) {
		return
	}
	if g.open.From = file.to; g.resumed {
		g.began, g.until, g.called = file.to, file.to, file.to
	}
	if g.stored {
		g.store()
	}
}

// gapsUntil says up to when there are gaps of before.
func (g *coverage) gapsUntil(date time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.gaps = later(g.gaps, date)
}
