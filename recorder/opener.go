package recorder

import (
	"context"
	"slices"
	"time"

	"lares/cameras/media"
	"lares/cameras/seal"
)

const (
	// mostRuns bounds the openers of a camera. A worker that dies once a second,
	// or an owner who shares once a second, uses up as many in a pre-roll and the
	// longest group of pictures before it.
	mostRuns = 16
	// drain is how long beyond the pre-roll units of a run that has ended may come:
	// a group of pictures before it, and half a minute in the reader's queue.
	drain = 45 * time.Second
)

// addOpener keeps the opener of a new run beside those of runs whose units may
// still be on their way.
func (c *camera) addOpener(o *seal.Opener) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, old := range c.openers {
		if old.Run() == o.Run() {
			c.openers[i] = o
			return
		}
	}
	c.openers, c.since = append(c.openers, o), append(c.since, c.r.config.Clock.Now())
	if n := len(c.openers) - mostRuns; n > 0 {
		c.dropOpeners(n)
	}
}

// forget lets go of openers whose units are gone: none of a run comes when the
// next one has been there for longer than the pre-roll and drain. Two stay: after
// an outage the past begins with the run before, however long ago that was.
func (c *camera) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	now, n := c.r.config.Clock.Now(), 0
	for n < len(c.openers)-2 && now.Sub(c.since[n+1]) > c.r.config.PreRoll+drain {
		n++
	}
	c.dropOpeners(n)
}

// dropOpeners drops the n oldest; c.mu is held.
func (c *camera) dropOpeners(n int) {
	c.openers, c.since = slices.Delete(c.openers, 0, n), slices.Delete(c.since, 0, n)
}

// forget has each camera let go of old openers.
func (r *Recorder) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.cameras {
		c.forget()
	}
}

func (c *camera) opener(run media.RunID) *seal.Opener {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, o := range c.openers {
		if o.Run() == run {
			return o
		}
	}
	return nil
}

// renew asks for the store key again and ends the open file if it is sealed to
// another one, or if none can be had.
func (t *take) renew(ctx context.Context) {
	t.c.store = nil
	if t.part == nil {
		return // who starts the next one asks
	}
	if err := t.c.loadKey(ctx); err != nil {
		t.endPart()
		t.c.trouble(err)
	} else if t.c.store.kid != t.part.row.KID {
		t.endPart()
	}
}

// jump is how far the clocks of media and hub may part between two runs of one
// worker: what a stalled connection delays.
const jump = 2 * time.Second

// enter goes over to another run. Mostly it is the same worker's under another
// key, and the file goes on if its store key is still the newest; the first unit
// shows whether it is.
func (t *take) enter(ctx context.Context, run media.RunID) {
	if run != t.c.asked {
		t.c.asked = run
		t.renew(ctx)
	}
	t.run, t.joint = run, t.part != nil
}

// follows says whether the first unit of a run goes on where the last unit of the
// run before ended: the times of a worker run on across its runs, those of
// another worker begin anew.
func (t *take) follows(u media.Unit) bool {
	was, ok := t.at(t.last)
	is, known := t.at(u)
	if !ok || !known || u.Track == t.last.Track && u.DTS <= t.last.DTS {
		return false
	}
	return ((is - was) - u.Received.Sub(t.last.Received)).Abs() < jump
}

// at is the time of a unit since its worker started.
func (t *take) at(u media.Unit) (time.Duration, bool) {
	track, ok := t.config.Track(u.Track)
	if !ok || track.ClockRate == 0 {
		return 0, false
	}
	return media90(u.DTS, track.ClockRate), true
}
