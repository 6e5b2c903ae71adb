package recorder

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"lares/cameras/media"
)

const (
	// dueEvery is how often is noted of which cameras something is to be recorded: what a crash
	// leaves is up to so much too early.
	dueEvery = time.Minute
	// waitsWell is how long a disk may hold up who asks it without much being lost of an event
	// that began meanwhile: what comes waits for it.
	waitsWell = 30 * time.Second
)

// ready tells the coverage of a camera of which events alone are recorded up to when one could
// have been, and says what would be to blame where none could.
func (c *camera) ready(now time.Time) GapCause {
	if c.disk().takesNone(now) {
		return GapDisk
	}
	if at, err := c.newest(); err == nil {
		c.cover.could(at)
	}
	return GapCamera
}

// newest is when the newest picture came of the stream that is recorded.
func (c *camera) newest() (time.Time, error) {
	s := c.wants()
	at, err := c.r.config.Source.Newest(c.id, s)
	if errors.Is(err, media.ErrNoStream) && s == media.StreamSub {
		at, err = c.r.config.Source.Newest(c.id, media.StreamMain)
	}
	return at, err
}

// takesNone says whether no event could be recorded to the disk, as far as that is known without
// asking it.
func (d *disk) takesNone(now time.Time) bool {
	if d.refuses() != nil || d.held(now) > waitsWell {
		return true
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.found.Total > 0 && d.found.Free < startSpace
}

// noticed is what is noted as due.
type noticed struct {
	cameras []media.CameraID // in order
	at      time.Time
	queued  bool // the index has not taken it yet
}

// noteDue notes of which cameras something is to be recorded: at each change, and once a minute.
// Not before what the last start left is told, of which the older note knows.
func (r *Recorder) noteDue(now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.resumes || len(r.broken) > 0 || r.noted.queued {
		return
	}
	list := r.due()
	if slices.Equal(list, r.noted.cameras) && (len(list) == 0 || now.Sub(r.noted.at).Abs() < dueEvery) {
		return
	}
	r.noted.queued = true
	r.queue.put(media.CameraID{}, "what is due", func(ctx context.Context) error {
		r.mu.Lock()
		now, list := r.config.Clock.Now(), r.due()
		r.mu.Unlock()
		err := r.config.Index.DuePut(ctx, Due{r.dates.of(now), list})
		if err == nil {
			r.mu.Lock()
			r.noted = noticed{cameras: list, at: now}
			r.mu.Unlock()
		}
		return err
	})
}

// due are the cameras of which something is to be recorded, in order; r.mu is held.
func (r *Recorder) due() (list []media.CameraID) {
	for _, id := range slices.SortedFunc(maps.Keys(r.covers), func(a, b media.CameraID) int { return slices.Compare(a[:], b[:]) }) {
		if r.covers[id].due() {
			list = append(list, id)
		}
	}
	return list
}

// due says whether something is to be recorded of a camera that is on the air, be it only events.
func (g *coverage) due() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.aim.due && !g.aim.rest
}
