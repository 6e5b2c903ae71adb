package cameras

import (
	"time"

	"lares/cameras/internal/wire"
	"lares/cameras/media"
)

// found hands on what was found in a stream's pictures or sound. Of a device that is not the
// right one nothing is, but that it ended.
func (c *child) found(n wire.Notice, u media.Unit) error {
	accepted, err := c.check(&u, n.Of)
	if err != nil {
		return err
	}
	of := &u
	if !accepted {
		of = nil
	}
	c.mu.Lock()
	wanted, source := accepted, media.SourceMotion
	goes := &c.moving
	if n.Kind == media.KindSound {
		goes, source = &c.loud, media.SourceSound
	}
	if n.Kind != media.KindTamper && !n.Active {
		wanted, *goes = *goes, false
	} else if n.Kind != media.KindTamper && accepted {
		*goes = true
	}
	c.mu.Unlock()
	if wanted {
		c.m.f.cfg.Noticed(Noticed{Camera: c.m.id, Kind: n.Kind, Source: source, Active: n.Active, At: c.when(u, n.Ago), Unit: of})
	}
	return nil
}

// shown hands on a picture of the motion that goes on; there is none without.
func (c *child) shown(b wire.Best, u media.Unit) error {
	accepted, err := c.check(&u, b.Of)
	if err != nil {
		return err
	}
	c.mu.Lock()
	wanted := accepted && c.moving
	c.mu.Unlock()
	if wanted {
		c.m.f.cfg.Shown(Shown{Camera: c.m.id, At: c.when(u, b.Ago), Size: b.Size, Width: b.Width, Height: b.Height, Unit: u})
	}
	return nil
}

// when is the time that lies so far back: not before the worker began.
func (c *child) when(u media.Unit, ago time.Duration) time.Time {
	if at := u.Received.Add(-ago); at.After(c.began) {
		return at
	}
	return c.began
}

// calm ends the motion and the sound that a worker leaves behind: nobody looks or listens any
// more.
func (c *child) calm() {
	c.mu.Lock()
	moving, loud := c.moving, c.loud
	c.moving, c.loud = false, false
	c.mu.Unlock()
	if moving {
		c.m.f.cfg.Noticed(Noticed{Camera: c.m.id, Kind: media.KindMotion, Source: media.SourceMotion, At: c.m.f.cfg.Clock.Now()})
	}
	if loud {
		c.m.f.cfg.Noticed(Noticed{Camera: c.m.id, Kind: media.KindSound, Source: media.SourceSound, At: c.m.f.cfg.Clock.Now()})
	}
}
