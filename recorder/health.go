package recorder

import (
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
	Durable    time.Time     // when bytes of it last reached the disk for certain
	// Problem says in words for people why it is not recording though it should,
	// or not all of it; "" if fine. It names no file, no id and no address.
	Problem string
	Gap     Gap     // the gap that goes on, if there is one
	Writes  Latency // of the disk, for this camera
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
	Unknown           int    // clip files of this hub that the index did not list at start
	Foreign           int    // files in the clip folder that are not this hub's
	Damaged           int    // clips found damaged since start
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
	if s.Problem == "" {
		s.Problem = c.pace.told(c.r.config.Clock.Now())
	}
	s.Gap, s.Writes = c.cover.missing(), c.writes.latency()
	return s, true
}

// Health says how the media pool does.
func (r *Recorder) Health() Health {
	r.mu.Lock()
	defer r.mu.Unlock()
	h := r.found
	h.Bytes, h.LimitBytes = r.bytes.sum(), r.config.LimitBytes
	var problems []string
	for _, p := range [...]string{r.disk, r.index} {
		if p != "" {
			problems = append(problems, p)
		}
	}
	h.Problem = strings.Join(problems, "; ")
	return h
}

// diskProblem stores the outcome of the newest write.
func (r *Recorder) diskProblem(err error) {
	text := ""
	switch {
	case err == nil:
	case isFull(err):
		text = "the disk is full: nothing is recorded until there is space"
	default:
		text = "the disk does not take clips: " + err.Error()
	}
	r.mu.Lock()
	r.disk = text
	r.mu.Unlock()
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
