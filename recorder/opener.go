package recorder

import (
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
