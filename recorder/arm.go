package recorder

import (
	"slices"
	"time"

	"lares/cameras/media"
)

// arming is whether what happens at a camera begins events. The zero arming says that it
// does.
type arming struct {
	disarmed bool      // motion and sound do not
	shut     bool      // nothing does: its Plan has no events
	since    time.Time // when the first of these came
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
	for _, t := range c.arming.set(!armed, c.arming.shut, now) {
		t.At = now
		c.merge(t, now)
	}
	c.mu.Unlock()
	c.nudge()
}

// set returns what begins with it: states of which something was said within
// activeLimit.
func (a *arming) set(disarmed, shut bool, now time.Time) (begins []Trigger) {
	if !a.disarmed && !a.shut {
		a.since = now
	}
	a.disarmed, a.shut = disarmed, shut
	held := a.held
	a.held = nil
	for _, t := range held {
		if a.keeps(t.Kind) {
			a.held = append(a.held, t)
		} else if now.Sub(t.At) <= activeLimit {
			begins = append(begins, t)
		}
	}
	return begins
}

// keeps reports whether what is of a kind begins no event now.
func (a *arming) keeps(k media.Kind) bool {
	return a.shut || a.disarmed && (k == media.KindMotion || k == media.KindSound)
}

// withholds reports whether a trigger is nothing now. going says whether its state
// goes on in an event; what is told late may have begun before.
func (a *arming) withholds(t Trigger, going bool) bool {
	if going || !a.keeps(t.Kind) {
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
