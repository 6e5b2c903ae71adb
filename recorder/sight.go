package recorder

import (
	"time"

	"lares/cameras/media"
)

// Sight is a picture of what an event is about.
type Sight struct {
	At   time.Time // when it was taken
	Size int       // how much it shows, to compare those of one camera
	// Width and Height are the picture's, in pixels; 0 if they are not known.
	Width, Height int
	Unit          media.Unit // the sealed UnitSnapshot
}

// Picture is a picture of an event that goes on.
type Picture struct {
	Camera media.CameraID
	Event  media.EventID
	Sight
}

// See gives a picture of the event that goes on at a watched camera. Of those that come
// while a file is written the one that shows most becomes the file's thumbnail when it
// ends, in the place of the camera's own picture. It does not block. A picture of no
// event is nothing, nor is one of before the file: that may be of another epoch.
func (r *Recorder) See(id media.CameraID, s Sight) {
	c := r.camera(id)
	if c == nil || s.Unit.Type != media.UnitSnapshot {
		return
	}
	c.mu.Lock()
	more := s.Size > c.best.Size || c.best.Unit.Type != media.UnitSnapshot
	better := !c.now.event.IsZero() && more && !s.At.Before(c.since)
	if better {
		c.best = s
	}
	c.mu.Unlock()
	if better {
		c.pictured(s)
	}
}

// pictured tells of a picture of the event that goes on.
func (c *camera) pictured(s Sight) {
	if c.r.config.Pictured == nil {
		return
	}
	c.mu.Lock()
	event := c.now.event
	c.mu.Unlock()
	if !event.IsZero() {
		c.r.config.Pictured(Picture{c.id, event, s})
	}
}

// begins is told when the file that is open now does: pictures of before are not in it.
func (c *camera) begins(start time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.since = start; c.best.At.Before(start) {
		c.best = Sight{}
	}
}

// bestOf is the best picture of an event that was not written down; c.mu is held.
func (c *camera) bestOf(event media.EventID) *Sight {
	if p := c.formerOf(event); p != nil {
		return &p.best
	}
	return &c.best
}

// takeBest seals the best picture into the file that is about to end, if it is of its
// epoch: behind the camera's own, so that it is the one that counts.
func (t *take) takeBest() {
	if t.part == nil || !t.part.filled || t.stretch {
		return
	}
	t.c.mu.Lock()
	s := *t.c.bestOf(t.event)
	t.c.mu.Unlock()
	if s.Unit.Type != media.UnitSnapshot || !t.c.fits(s.Unit, t.part.row.KID) {
		return
	}
	t.c.mu.Lock()
	*t.c.bestOf(t.event) = Sight{}
	t.c.mu.Unlock()
	if p, ok := t.c.pictures(s.Unit); ok && t.wrote(t.part.thumbnail(p, s.At)) && s.Size > t.most {
		if t.most = s.Size; t.part.row.Part > 0 {
			row := t.c.row(t.event)
			row.Picture = t.part.row.Clip
			t.c.putEvent(row, StoreKey{}, EventText{})
		}
	}
}
