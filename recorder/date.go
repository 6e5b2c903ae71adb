package recorder

import (
	"context"
	"sync"
	"time"

	"lares/cameras/media"
)

// clockSet is before any recording: a clock that shows less was not set since the machine
// lost its power.
var clockSet = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// dates tells the time of what is recorded while the clock was not set yet: it lies behind all
// that was recorded before, as long after the start as it is. So it is not the oldest there
// is, which goes first. Safe for concurrent use.
type dates struct {
	began time.Time // of this process

	mu     sync.Mutex // guards following
	newest time.Time  // the end of the newest recording of before
	sure   bool       // there is none behind that
}

// behind says that something was recorded before, up to a time.
func (d *dates) behind(end time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if end.After(d.newest) {
		d.newest = end
	}
}

// end is that of the newest recording of before.
func (d *dates) end() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.newest
}

// knowsAll says that behind told of the newest recording that there is.
func (d *dates) knowsAll() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sure = true
}

// isSure says whether end is that of all there is.
func (d *dates) isSure() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.sure
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

// called is what at, which the clock of this process told, is called at this camera.
func (c *camera) called(at time.Time) time.Time { return c.tape.of(at, c.r.dates.of(at)) }

// course is how the files of an event follow each other: as long after it began as they came, by
// the clock that nobody sets.
type course struct{ at, date time.Time }

// of is what the begin of a file is called.
func (c course) of(at time.Time) time.Time { return c.date.Add(at.Sub(c.at)) }

// dated is what the file that begins with what came at a time is called, and by how much that is
// ahead of the clock. It waits until what is recorded there is known, but not for long. What was known
// before it asked counts alone: others read the index, too, and may be done while it asks.
func (t *take) dated(ctx context.Context, at time.Time) (date time.Time, ahead time.Duration) {
	var known time.Time // all around it is
	for {
		clock := t.c.r.dates.of(at)
		if t.stretch {
			date = t.c.tape.of(at, clock)
		} else {
			date = t.c.tape.fits(at, t.course.of(at))
		}
		if date.Equal(known) || !t.c.knows(ctx, date) && !t.c.learn(ctx, date) && !t.c.passes(date) {
			return date, date.Sub(clock)
		}
		known = date
	}
}

// begins is told when the file that is open now does, what that is called, and by how much it is
// ahead of the clock.
func (t *take) begins(at, date time.Time, ahead time.Duration) {
	t.course = course{at, date}
	t.c.tellAhead(ahead)
	if !t.stretch {
		ahead = 0 // it lasts as long as it does
	}
	t.part.slew = slewingOf(ahead)
	t.c.tape.begins(at, date, t.part.slew)
	t.c.begins(at)
}

// aheadTold is from when on the log says that recordings are dated ahead of the clock.
const aheadTold = time.Minute

// tellAhead has the log say when the files of a camera begin to be dated ahead of the clock, and when
// they are not any more.
func (c *camera) tellAhead(by time.Duration) {
	switch {
	case by >= aheadTold && !c.strays:
		c.strays = true
		c.r.config.Log.Warn("the clock was put back to when this camera was recorded already: recordings are dated ahead of it until they meet it again", "camera", c.id.String(), "beside", c.isBeside(), "ahead", by.Round(time.Second))
	case by < slewLeast && c.strays:
		c.strays = false
		c.r.config.Log.Info("recordings have the clock's dates again", "camera", c.id.String(), "beside", c.isBeside())
	}
}

// ahead is by how much what is recorded now is dated ahead of the clock, if it is much.
func (c *camera) ahead(now time.Time) time.Duration {
	if by := c.tape.ahead(now, c.r.dates.of(now)); by >= slewLeast {
		return by
	}
	return 0
}

// tapeName names a tape.
type tapeName struct {
	camera media.CameraID
	beside bool
	files  bool // as coverage keeps them
}

// tape is one of a camera; r.mu is held.
func (r *Recorder) tape(id media.CameraID, beside bool) *tape {
	name := tapeName{camera: id, beside: beside}
	t := r.tapes[name]
	if t == nil {
		t = &tape{room: 2 * r.config.MaxClip}
		r.tapes[name] = t
	}
	return t
}

// filed is what is recorded of the main stream of a camera; r.mu is held.
func (r *Recorder) filed(id media.CameraID) *tape {
	name := tapeName{camera: id, files: true}
	t := r.tapes[name]
	if t == nil {
		t = &tape{room: gapLeast}
		r.tapes[name] = t
	}
	return t
}

// recorded says what was recorded before.
func (r *Recorder) recorded(row ClipRow) {
	end := row.Start.Add(row.Duration)
	r.dates.behind(end)
	r.mu.Lock()
	tapes := []*tape{r.tape(row.Camera, row.Beside)}
	if !row.Beside {
		tapes = append(tapes, r.filed(row.Camera))
	}
	r.mu.Unlock()
	for _, t := range tapes {
		t.recorded(row.Start, end)
	}
}
