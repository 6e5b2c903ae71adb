package recorder

import (
	"time"

	"lares/cameras/media"
)

const (
	// visitApart is how long nothing may have moved, in the pictures, until what moves then
	// is another event: somebody else comes by, and what was between is in both. Motion goes on
	// over two seconds in which nothing moves (cameras/motion), and its ends are half a second off.
	visitApart = 3 * time.Second
	// visitsAtOnce is how many events may begin in that way one after the other, and
	// visitRefill the time after which one more may. Beyond that what follows within the
	// post-roll is the same event: nothing is told of a place that is never at rest by telling it
	// a hundred times.
	visitsAtOnce = 30
	visitRefill  = 10 * time.Second
	// ringApart is how long after a ring, or a tampering, another one is another event.
	ringApart = 4 * time.Second
)

// former is an event that another one began behind while it was recorded.
type former struct {
	row   EventRow
	start time.Time     // as the clock told it
	best  Sight         // of its last file
	pre   time.Duration // how much of before is recorded
	until time.Time     // what comes from then on is in the next one alone
}

// formerOf is such an event; nil for the one that goes on. c.mu is held.
func (c *camera) formerOf(event media.EventID) *former {
	for i := range c.former {
		if c.former[i].row.Event == event {
			return &c.former[i]
		}
	}
	return nil
}

// succeed ends the event that goes on where t is another one, and returns what is still
// active: it goes on in that one. The post-roll of the first ends with it, for the
// pre-roll of the second reaches back. c.mu is held.
func (c *camera) succeed(t *Trigger, now time.Time) (active map[state]time.Time) {
	s := &c.now
	switch {
	case s.event.IsZero() || !t.Active && !t.Hold:
		return nil
	case s.rings(*t):
	case !s.visits(*t) || !c.visits.take(now):
		return nil
	}
	row, end := s.row(c.id), s.end
	if len(s.active) > 0 {
		end = t.At
	}
	if end.Before(s.start) {
		end = s.start
	}
	if t.At.Before(end) {
		t.At = end
	}
	row.End = s.dated(end)
	c.former = append(c.former, former{row, s.start, c.best, s.pre, now})
	active, c.now, c.best, c.ended = s.active, situation{}, Sight{}, end
	return active
}

// rings says whether t is an event of its own whatever goes on: somebody rings, or the
// camera is tampered with, and not just now.
func (s *situation) rings(t Trigger) bool {
	if t.Kind != media.KindDoorbell && t.Kind != media.KindTamper {
		return false
	}
	_, active := s.active[state{t.Kind, t.Source}]
	return !active && (s.kind != t.Kind || t.At.Sub(s.rang) > ringApart)
}

// visits says whether t is what somebody else does who comes by: the hub found that
// something moves after a while in which nothing went on.
func (s *situation) visits(t Trigger) bool {
	return t.Source == media.SourceMotion && t.Kind == media.KindMotion && len(s.active) == 0 && t.At.Sub(s.end) > visitApart
}

// goOn has states go on that were active in the event before.
func (s *situation) goOn(active map[state]time.Time) {
	for said, at := range active {
		if _, ok := s.active[said]; !ok {
			s.active[said] = at
		}
	}
}

// visits bounds how often one event follows another within its post-roll.
type visits struct {
	full time.Time // when visitsAtOnce may follow again; zero is now
}

// take counts one; false where there were too many.
func (v *visits) take(now time.Time) bool {
	if v.full.Before(now) {
		v.full = now
	}
	if v.full.Sub(now) > (visitsAtOnce-1)*visitRefill {
		return false
	}
	v.full = v.full.Add(visitRefill)
	return true
}
