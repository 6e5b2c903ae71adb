package recorder

import (
	"cmp"
	"errors"
	"strings"
	"time"

	"lares/cameras/media"
)

// Status is the state of one camera's recording.
type Status struct {
	Recording  bool          // a clip is open
	Continuous bool          // one is to be open all the time
	Event      media.EventID // the event going on, zero if none
	Clip       media.ClipID  // the open clip
	Heard      bool          // nothing but a sound made that event
	Durable    time.Time     // when bytes of the camera last reached the disk for certain; zero is never
	// Problem says in words for people why it is not recording though it should,
	// or not all of it; "" if fine. It names no file, no id and no address.
	Problem string
	Due     bool // something is to be recorded now
	Ready   bool // nothing is, but an event would be
	Refused bool // the media pool that it is to be recorded to takes nothing now
	// RefusedFor is for how long that is so.
	RefusedFor time.Duration
	Gap        Gap      // the gap that goes on, if there is one
	Often      GapCause // of several gaps of the last minutes that a disk, a hub or a camera made; "" without
	Writes     Latency  // of the disk, for this camera
	// Ahead is by how much what is recorded is dated ahead of the clock, for something was
	// recorded at its date before it was put back; a second or more, or 0.
	Ahead time.Duration
	// Waiting is what came and is not written yet, and how many pictures were lost since the
	// start though they were to be recorded; Rows is how many rows the index has not taken.
	Waiting media.Queue
	Rows    int
}

// Gap is a gap that goes on.
type Gap struct {
	From  time.Time // zero is none
	Cause GapCause
}

// Health is the state of the media pool.
type Health struct {
	Bytes, LimitBytes int64  // what all listed clips take, and may take
	Problem           string // the trouble with disk or index now; "" if fine
	Unlisted          bool   // clips are recorded, and the index takes no rows of them now
	Unknown           int    // clip files of this hub that the index did not list at start
	Foreign           int    // files in the clip folder that are not this hub's
	Damaged           int    // clips found damaged since start
	Spot              Spot   // the newest check of one
}

// Status says how the recording of one camera does; ok is false for a camera
// that is not watched.
func (r *Recorder) Status(id media.CameraID) (s Status, ok bool) {
	c := r.camera(id)
	if c == nil {
		return Status{}, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	s = c.status
	s.Heard, s.Continuous = c.now.kind == media.KindSound, c.plan.Mode.Continuous()
	now := c.r.config.Clock.Now()
	if s.Problem == "" {
		s.Problem = c.pace.told(now)
	}
	if s.Problem == "" && (c.writes.stuck(now) || c.plan.Mode != media.ModeOff && c.disk().probes.stuck(now)) {
		s.Problem = problemStuck
	}
	if since, refused := c.refused(); refused != nil {
		s.Refused, s.RefusedFor, s.Problem = true, now.Sub(since), cmp.Or(s.Problem, plain(refused))
	}
	s.Problem = cmp.Or(s.Problem, c.beside.subProblem())
	if s.Durable.IsZero() {
		s.Durable = r.before(id)
	}
	if c.reader != nil {
		s.Waiting = c.reader.Queue()
	}
	s.Waiting.Dropped += c.dropped
	s.Due, s.Ready, s.Gap, s.Often = c.cover.state(now)
	s.Ahead = max(c.ahead(now), c.beside.ahead(now))
	s.Writes, s.Rows = c.writes.latency(now), r.queue.waits(id)
	return s, true
}

// before is up to when a camera was recorded before the start, as far as that is known.
func (r *Recorder) before(id media.CameraID) time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lastly[id]
}

// Health says how the media pool does.
func (r *Recorder) Health() Health {
	r.mu.Lock()
	defer r.mu.Unlock()
	h := r.found
	h.Bytes, h.LimitBytes = r.bytes.sum(), r.config.LimitBytes
	var problems []string
	for _, d := range r.disks {
		if p := d.problem(); p != "" {
			problems = append(problems, p)
		}
	}
	if h.Unlisted = r.index != ""; h.Unlisted {
		problems = append(problems, r.index)
	}
	h.Problem = strings.Join(problems, "; ")
	return h
}

// problem is the trouble with the disk now, for the log and who reads it; "" if fine.
func (d *disk) problem() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	text := ""
	switch err := errors.Join(d.away, d.untried, d.failed, d.probed); {
	case err == nil:
		return ""
	case isFull(err):
		text = "the disk is full: nothing is recorded until there is space"
	default:
		text = "the disk does not take clips: " + err.Error()
	}
	if len(d.r.disks) > 1 {
		text = d.Name + ": " + text
	}
	return text
}

// indexProblem stores the outcome of the newest call of the index.
func (r *Recorder) indexProblem(err error) {
	text := ""
	if err != nil {
		text = "clips are recorded but not listed yet: " + err.Error()
	}
	r.mu.Lock()
	r.index = text
	r.mu.Unlock()
}

// refused is why the pool that the camera is to be recorded to takes nothing, as far as that is
// known without a try, and since when; nil for one that is not to be recorded. c.mu is held.
func (c *camera) refused() (since time.Time, why error) {
	if c.plan.Mode == media.ModeOff {
		return since, nil
	}
	d := c.disk()
	if why = d.refuses(); why != nil {
		since = d.state(c.r.config.Clock.Now()).Since
	}
	return since, why
}
