package recorder

import (
	"sync"
	"time"
)

// clockSet is before any recording: a clock that shows less was not set since the machine
// lost its power.
var clockSet = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// redate is how far the clock may have been moved while all is recorded until its
// files say so: what is less is put right once something lies between two of them.
const redate = 2 * time.Minute

// dates tells the time of what is recorded while the clock was not set yet: it lies behind all
// that was recorded before, as long after the start as it is. So it is not the oldest there
// is, which goes first. Safe for concurrent use.
type dates struct {
	began time.Time // of this process

	mu     sync.Mutex // guards newest
	newest time.Time  // the end of the newest recording of before
}

// behind says that something was recorded before, up to a time.
func (d *dates) behind(end time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if end.After(d.newest) {
		d.newest = end
	}
}

// of is what at, which the clock of this process told, is called.
func (d *dates) of(at time.Time) time.Time {
	if at.IsZero() || !at.Before(clockSet) {
		return at.Round(0)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	since := clockSet
	if d.newest.After(since) {
		since = d.newest
	}
	return since.Add(max(0, at.Sub(d.began))).Round(0)
}

// row is that of a gap: no longer and no shorter than it was, however the clock was set.
func (d *dates) row(row GapRow) GapRow {
	long := max(0, row.To.Sub(row.From))
	row.From = d.of(row.From)
	if !row.To.IsZero() {
		row.To = row.From.Add(long)
	}
	return row
}

// newest is the newest file of a camera: what it is called, and where it ends, of which zero is that
// it goes on.
type newest struct {
	course
	until time.Time
}

// of is what at is called, which the clock calls date: that, unless the clock was put back, by redate at most,
// into what the file is called. Then it follows the file, for a second that comes twice is two.
func (n newest) of(at, date time.Time) time.Time {
	if n.date.IsZero() || !n.until.IsZero() && !date.Before(n.until) {
		return date
	}
	follows := n.date.Add(at.Sub(n.at))
	if back := follows.Sub(date); back > 0 && back <= redate {
		return follows
	}
	return date
}

// called is what at, which the clock of this process told, is called at this camera; c.mu is held.
func (c *camera) called(at time.Time) time.Time { return c.newest.of(at, c.r.dates.of(at)) }

// course is how the files of one take follow each other.
type course struct{ at, date time.Time }

// of is what the begin of the next file is called: as long after the one before as it is, by
// the clock that nobody sets. Where it may, it follows the other one when that was moved by more
// than redate.
func (c *course) of(at, date time.Time, may bool) time.Time {
	if !c.date.IsZero() {
		follows := c.date.Add(at.Sub(c.at))
		if off := date.Sub(follows); !may || off.Abs() <= redate {
			date = follows
		}
	}
	c.at, c.date = at, date
	return date
}
