package recorder

import (
	"errors"
	"time"

	"lares/cameras/media"
)

// Which stream of a camera is recorded (Plan.Streams). Beside the main stream a loop of its own
// records the sub stream as one stretch, whatever becomes an event meanwhile: it has no events,
// no gaps and no pictures, for those are the camera's: what takes both streams is a gap of the
// camera already, in each mode.

// isBeside says whether this loop records the sub stream beside the main one.
func (c *camera) isBeside() bool { return c.beside == nil }

// loops are those of a camera.
func (c *camera) loops() []*camera {
	if c.isBeside() {
		return []*camera{c}
	}
	return []*camera{c, c.beside}
}

// all are the loops of all cameras; r.mu is held.
func (r *Recorder) all() []*camera {
	list := make([]*camera, 0, 2*len(r.cameras))
	for _, c := range r.cameras {
		list = append(list, c.loops()...)
	}
	return list
}

// uncovered is the coverage of a loop whose gaps are no rows.
func (r *Recorder) uncovered(id media.CameraID) *coverage {
	return &coverage{camera: id, files: &tape{room: gapLeast}, dates: plainly{}, put: func(GapRow) {}, remove: func(GapRow) {}, cut: func(_, _ time.Time) {}, machine: r.config.Machine, naps: r.naps()}
}

// follow has the sub stream recorded all the time, or not at all.
func (c *camera) follow(p Plan) {
	to := Plan{Mode: media.ModeOff, Silent: p.Silent}
	if p.Streams == media.StreamsBoth && p.Mode != media.ModeOff {
		to.Mode = media.ModeContinuous
	}
	c.mu.Lock()
	if to.Mode == media.ModeOff {
		c.told, c.status.Problem = "", ""
	} else if c.plan.Mode == media.ModeOff {
		c.from = c.r.config.Clock.Now()
	}
	c.plan = to
	c.mu.Unlock()
	c.nudge()
}

// subProblem says in words for people why the sub stream is not recorded beside the main one;
// "" if it is, or is not to be.
func (c *camera) subProblem() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch p := c.status.Problem; p {
	case "", problemNoSub:
		return p
	default:
		return problemSub + p
	}
}

// wants is the stream that is to be read.
func (c *camera) wants() media.StreamID {
	if c.isBeside() {
		return media.StreamSub
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.plan.Streams == media.StreamsSub {
		return media.StreamSub
	}
	return media.StreamMain
}

// source begins to read what is to be recorded: the main stream of a camera without a sub
// stream, too.
func (t *take) source() (reader media.Reader, err error) {
	t.asks = t.c.wants()
	s := t.asks
	if u := t.goOn(); u != nil {
		reader, s = u, u.stream
	} else {
		reader, err = t.c.r.config.Source.Read(t.c.id, s, t.preRoll(s))
	}
	if errors.Is(err, media.ErrNoStream) && s == media.StreamSub && !t.c.isBeside() {
		s = media.StreamMain
		reader, err = t.c.r.config.Source.Read(t.c.id, s, t.preRoll(s))
	}
	if err == nil && s != t.stream { // nothing of the one goes on in the other
		t.stream, t.began, t.last, t.read, t.run = s, false, media.Unit{}, place{}, media.RunID{}
	}
	return reader, err
}

// turns says at a picture that stands alone whether another stream is to be read. Where the
// camera had none it is asked anew with each file.
func (t *take) turns(u media.Unit) bool {
	if wants := t.c.wants(); wants == t.stream { // it is read already, in the place of one that is not there
		t.asks = wants
	}
	return t.c.wants() != t.asks || t.asks != t.stream && t.part != nil && t.part.rolls(u)
}
