package recorder

import (
	"time"

	"lares/cameras/media"
)

// recogniseWithin is how long after its end an event takes what was recognised on its
// pictures: who is asked about them may take a while.
const recogniseWithin = time.Minute

// Recognised is what somebody recognised on a picture of an event.
type Recognised struct {
	Camera media.CameraID
	Event  media.EventID
	Run    media.RunID // of the picture: what is said of it is sealed to the same epoch's key
	Source media.Source
	Class  string
	Labels []string // what else is on it
	Score  float64  // 0 to 1: how sure
	Box    *media.Box
}

// settled is an event that is over, of which more may be said for a while.
type settled struct {
	row   EventRow
	said  spoken
	until time.Time
}

// Recognise adds to an event what was recognised on a picture of it, while it goes on and
// for a minute longer. What is of no such event is nothing. It does not block.
func (r *Recorder) Recognise(seen Recognised) {
	c := r.camera(seen.Camera)
	if c == nil || seen.Event.IsZero() {
		return
	}
	now := r.config.Clock.Now()
	c.mu.Lock()
	row := c.now.row(c.id)
	if p := c.formerOf(seen.Event); p != nil {
		row = p.row
	}
	goes := row.Event == seen.Event
	if goes {
		c.notes = append(c.notes, noted{event: seen.Event, row: row, at: now, kind: row.Kind, ended: true, seen: &seen})
	}
	c.mu.Unlock()
	if goes {
		c.nudge()
		return
	}
	note := c.recognised(note{}, seen)
	c.mu.Lock()
	defer c.mu.Unlock()
	s := &c.settled
	if s.row.Event != seen.Event || now.After(s.until) || note.IsZero() || !c.counts(note, s.said) {
		return
	}
	s.said.add(note)
	c.putEvent(s.row, s.said.key, s.said.text)
}

// recognised is a note with what was recognised; without words where the picture's run is
// gone.
func (c *camera) recognised(n note, seen Recognised) note {
	key, err := c.key(media.Unit{Run: seen.Run})
	if err != nil {
		c.r.config.Log.Warn("what was recognised on a picture comes too late", "camera", c.id.String(), "error", err)
		return n
	}
	n.key = key
	n.EventText = EventText{Class: seen.Class, Labels: seen.Labels, Score: seen.Score, Box: seen.Box, Sources: []media.Source{seen.Source}}
	return n
}

// counts says whether words of a picture belong to what is said of its event: those of an
// epoch before that of the newest words do not. c.mu is held.
func (c *camera) counts(n note, said spoken) bool {
	if said.key.KID.IsZero() || n.key.KID == said.key.KID {
		return true
	}
	return len(c.runs) > 0 && c.runs[len(c.runs)-1].store.KID == n.key.KID
}

// takes is counts, for what is said of the event that goes on.
func (t *take) takes(n note) bool {
	t.c.mu.Lock()
	defer t.c.mu.Unlock()
	return t.c.counts(n, t.said)
}
