package cameras

import (
	"time"

	"lares/cameras/internal/wire"
	"lares/cameras/media"
)

const (
	// warmEvery is how often a worker is told that somebody looks, however many do.
	warmEvery = 500 * time.Millisecond
	// heatLasts is how long where it moved is told as where it moves.
	heatLasts = 3 * time.Second
)

// Heat is where it moves now in the pictures of a camera, sealed (UnitHeat). The worker
// tells it while it is asked for, each second at least, and nothing is kept but the last one.
// It returns ErrNoCamera, ErrNotRunning or, of the first call as a rule, ErrNoHeat.
func (f *Fleet) Heat(id media.CameraID) (media.Unit, error) {
	m := f.minder(id)
	if m == nil {
		return media.Unit{}, ErrNoCamera
	}
	c := m.currentChild()
	if c == nil {
		return media.Unit{}, ErrNotRunning
	}
	return c.warm(f.cfg.Clock.Now())
}

// warm asks for heat, and returns what there is.
func (c *child) warm(now time.Time) (media.Unit, error) {
	select {
	case <-c.started:
	default:
		return media.Unit{}, ErrNotRunning
	}
	c.mu.Lock()
	u := c.heat
	tell := now.Sub(c.warmed).Abs() >= warmEvery
	if tell {
		c.warmed = now
	}
	c.mu.Unlock()
	if tell && c.tell(wire.TypeHeat, nil) != nil {
		return media.Unit{}, ErrNotRunning
	}
	if u.Type != media.UnitHeat || now.Sub(u.Received).Abs() > heatLasts {
		return media.Unit{}, ErrNoHeat
	}
	return u, nil
}

// heated keeps where it moves, unless the device behind the stream is not the right one.
func (c *child) heated(of media.StreamID, u media.Unit) error {
	accepted, err := c.check(&u, of)
	if err != nil || !accepted {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.heat = u
	return nil
}
