package recorder

import (
	"slices"
	"time"

	"lares/cameras/media"
)

// arming is whether what is seen and heard at a camera begins events. The zero arming
// says that it does.
type arming struct {
	disarmed bool
	since    time.Time // when it was disarmed
	// held are the newest words of states that began meanwhile and have not ended, in
	// the order in which they began.
	held []Trigger
}

// Arm says whether motion and sound at a watched camera begin events from now on; until
// it is said they do. What goes on in an event goes on to its end, and what began
// while they did not and still goes on begins an event once they do again. All other
// kinds begin events whatever was said.
func (r *Recorder) Arm(id media.CameraID, armed bool) {
	c := r.camera(id)
	if c == nil {
		return
	}
	c.mu.Lock()
	now := c.r.config.Clock.Now()
	for _, t := range c.arming.set(armed, now) {
		t.At = now
		c.merge(t, now)
	}
	c.mu.Unlock()
	c.nudge()
}

// set returns what begins with it: states of which something was said within
// activeLimit.
func (a *arming) set(armed bool, now time.Time) (begins []Trigger) {
	if armed {
		begins = slices.DeleteFunc(a.held, func(t Trigger) bool { return now.Sub(t.At) > activeLimit })
		*a = arming{}
		return begins
	}
	if !a.disarmed {
		a.disarmed, a.since = true, now
	}
	return nil
}

// withholds reports whether a trigger is nothing now. going says whether its state
// goes on in an event; what is told late may have begun before.
func (a *arming) withholds(t Trigger, going bool) bool {
	if !a.disarmed || going || t.Kind != media.KindMotion && t.Kind != media.KindSound {
		return false
	}
	starts := t.Active || t.Hold
	if starts && t.At.Before(a.since) {
		return false
	}
	i := slices.IndexFunc(a.held, func(h Trigger) bool { return h.Kind == t.Kind && h.Source == t.Source })
	switch {
	case t.Hold:
	case t.Active && i < 0:
		a.held = append(a.held, t)
	case t.Active:
		a.held[i] = t
	case i >= 0:
		a.held = slices.Delete(a.held, i, i+1)
	}
	return true
}
