package recorder

import (
	"slices"
	"time"

	"lares/cameras/media"
	"lares/cameras/seal"
)

const (
	// mostRuns bounds the runs of a camera. A worker that dies once a second, or an
	// owner who shares once a second, uses up as many in a pre-roll and the longest
	// group of pictures before it.
	mostRuns = 16
	// drain is how long beyond the pre-roll units of a run that has ended may come:
	// a group of pictures before it, and half a minute in the reader's queue.
	drain = 45 * time.Second
)

// run is one run of a camera: what opens its units, and what they are sealed to.
type run struct {
	opener *seal.Opener
	store  StoreKey // of the run's epoch
	since  time.Time
}

// newestRun is the camera's; zero where there is none yet. c.mu is held.
func (c *camera) newestRun() media.RunID {
	if len(c.runs) == 0 {
		return media.RunID{}
	}
	return c.runs[len(c.runs)-1].opener.Run()
}

// addRun keeps a new run beside those whose units may still be on their way.
func (c *camera) addRun(r seal.Run, o *seal.Opener) {
	c.mu.Lock()
	defer c.mu.Unlock()
	added := run{opener: o, store: StoreKey{r.Store, r.StoreKID}, since: c.r.config.Clock.Now()}
	for i, old := range c.runs {
		if old.opener.Run() == o.Run() {
			c.runs[i] = added
			return
		}
	}
	c.runs = append(c.runs, added)
	if n := len(c.runs) - mostRuns; n > 0 {
		c.dropRuns(n)
	}
}

// forget lets go of runs whose units are gone: none of a run comes when the next
// one has been there for longer than the pre-roll and drain. Two stay: after an
// outage the past begins with the run before, however long ago that was.
func (c *camera) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	now, n := c.r.config.Clock.Now(), 0
	for n < len(c.runs)-2 && now.Sub(c.runs[n+1].since) > max(c.r.config.PreRoll, MaxPreRoll)+drain {
		n++
	}
	c.dropRuns(n)
}

// dropRuns drops the n oldest; c.mu is held.
func (c *camera) dropRuns(n int) { c.runs = slices.Delete(c.runs, 0, n) }

// forget has each camera let go of old runs.
func (r *Recorder) forget() {
	r.mu.Lock()
	cameras := r.all()
	r.mu.Unlock() // a camera's is locked before it
	for _, c := range cameras {
		c.forget()
	}
}

// find is a run by its name; c.mu is held.
func (c *camera) find(id media.RunID) (run, bool) {
	for _, k := range c.runs {
		if k.opener.Run() == id {
			return k, true
		}
	}
	return run{}, false
}

func (c *camera) opener(id media.RunID) *seal.Opener {
	c.mu.Lock()
	defer c.mu.Unlock()
	k, _ := c.find(id)
	return k.opener
}
