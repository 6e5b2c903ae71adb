package recorder

import (
	"errors"
	"time"

	"lares/cameras/media"
)

const (
	// MaxPreRoll is how much of the past a hub keeps of a camera, and MaxPostRoll bounds
	// what a moment makes a recording longer by.
	MaxPreRoll  = 8 * time.Second
	MaxPostRoll = 2 * time.Minute
)

// Plan is what is recorded of a camera. The zero Plan is events of all kinds, with their
// sound, and with what Config says is before and after them.
type Plan struct {
	Mode media.Mode
	// Streams are those that are recorded.
	Streams media.Streams
	// Silent leaves the camera's sound out of its files.
	Silent bool
	Rolls  Rolls
}

// Roll is how much is recorded before an event, and after its end.
type Roll struct{ Pre, Post time.Duration }

// UsualRoll is that of Config where it says nothing.
func UsualRoll() Roll { return Roll{defaultPreRoll, defaultPostRoll} }

// Rolls are those of kinds of events. That of kind "" holds for all kinds without one;
// without it, what Config says does.
type Rolls map[media.Kind]Roll

// Plan says what is recorded of a watched camera from now on, and what would be of one off the air (Rest). In a mode that has no events
// nothing begins one, as with Arm, whatever its kind; what goes on goes on to its end,
// but for ModeOff, which ends it. What was while nothing was recorded is in no pre-roll.
func (r *Recorder) Plan(id media.CameraID, p Plan) {
	c := r.camera(id)
	if c == nil {
		r.planRest(id, p.Mode)
		return
	}
	c.mu.Lock()
	now := c.r.config.Clock.Now()
	if c.plan.Mode == media.ModeOff && p.Mode != media.ModeOff {
		c.from = now
	}
	c.plan = p
	c.aim(now)
	for _, t := range c.arming.set(c.arming.disarmed, !p.Mode.Events(), now) {
		t.At = now
		c.merge(t, now)
	}
	c.mu.Unlock()
	c.nudge()
	c.beside.follow(p)
}

// roll is how much is recorded before and after an event of a kind; c.mu is held.
func (c *camera) roll(k media.Kind) Roll {
	for _, kind := range [...]media.Kind{k, ""} {
		if r, ok := c.plan.Rolls[kind]; ok {
			return r
		}
	}
	return Roll{c.r.config.PreRoll, c.r.config.PostRoll}
}

// postRoll is that of a kind; c.mu is held.
func (c *camera) postRoll(k media.Kind) time.Duration { return c.roll(k).Post }

// silent says whether the camera's sound is in no file.
func (c *camera) silent() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.plan.Silent
}

// off says whether nothing is recorded.
func (c *camera) off() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.plan.Mode == media.ModeOff
}

// picturesOnly is a configuration without the tracks of sound.
func picturesOnly(config media.Config) (out media.Config) {
	for _, t := range config.Tracks {
		if t.Codec.Video() {
			out.Tracks = append(out.Tracks, t)
		}
	}
	return out
}

// ErrRoll says that a roll cannot be meant.
var ErrRoll = errors.New("recorder: not a time before or after an event")

// Validate refuses rolls of no kind, and those that are longer than may be.
func (r Rolls) Validate() error {
	for k, roll := range r {
		if k != "" && !k.Valid() || roll.Pre < 0 || roll.Pre > MaxPreRoll || roll.Post < 0 || roll.Post > MaxPostRoll {
			return ErrRoll
		}
	}
	return nil
}
