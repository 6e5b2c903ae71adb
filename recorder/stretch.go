package recorder

import "lares/cameras/media"

// A stretch is what is recorded while no event goes on, in a mode that records all the
// time: the same files, made by the same take. An event's take ends it at once, and
// begins with its own pre-roll; behind the event the stretch goes on with the first
// picture that stands alone, up to which the event is recorded.

// duty is what the loop of a camera is to do.
type duty int

const (
	dutyWait duty = iota
	dutyEvent
	dutyStretch
)

// duty is what there is to do now, and for which event.
func (c *camera) duty() (duty, media.EventID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case len(c.former) > 0:
		return dutyEvent, c.former[0].row.Event
	case !c.now.event.IsZero():
		return dutyEvent, c.now.event
	case c.plan.Mode.Continuous():
		return dutyStretch, media.EventID{}
	}
	return dutyWait, media.EventID{}
}

// handsOn says whether what is over is recorded up to the next picture that stands alone,
// with which a stretch goes on: it could not begin before.
func (t *take) handsOn() bool {
	if t.stretch || t.part == nil {
		return false
	}
	t.c.mu.Lock()
	defer t.c.mu.Unlock()
	return t.c.plan.Mode.Continuous() && t.c.formerOf(t.event) == nil // else its pre-roll has what comes
}

// after goes on behind the last unit of the take before, if nothing lies between.
func (t *take) after(began bool, last media.Unit) {
	t.began, t.last, t.stream = began, last, last.Stream
	if began {
		t.read = place{last.Run, last.Seq}
	}
}

// settle ends what is recorded if it is over.
func (t *take) settle() (over bool) {
	now := t.c.r.config.Clock.Now()
	if t.stretch {
		if over = t.isOver(now); over {
			t.c.trouble(nil) // of what is not to be any more
		}
		return over
	}
	row, over := t.c.over(t.event, now, t.over || t.c.off(), t.said)
	if over {
		t.c.putEvent(row, StoreKey{}, EventText{})
		t.c.calm()
	}
	return over
}
