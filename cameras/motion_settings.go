package cameras

import (
	"cmp"
	"context"
	"reflect"

	"lares/cameras/internal/wire"
	"lares/cameras/media"
	"lares/cameras/motion"
)

// Motion says whether and where the hub looks for motion in a camera's pictures. The
// zero value: everywhere.
type Motion struct {
	// Off says that it does not look. What the camera itself notices counts all the same.
	Off bool `json:"off,omitempty"`
	// Settings are the zones, masks and how much has to move.
	Settings motion.Settings `json:"settings,omitzero"`
}

// SetMotion changes what counts as motion in a camera's pictures. A worker that runs is
// told within a moment and stays connected; one that starts later begins with it. It
// returns ErrNoCamera, motion.ErrSettings or the context's error.
func (f *Fleet) SetMotion(ctx context.Context, id media.CameraID, v Motion) error {
	return f.setting(ctx, id, v.Settings.Validate(), func(m *minder) { m.setMotion(v) })
}

// setting changes what a camera's worker looks or listens for, unless that is refused; set
// is called with minder.mu held.
func (f *Fleet) setting(ctx context.Context, id media.CameraID, refused error, set func(*minder)) error {
	if err := cmp.Or(ctx.Err(), refused); err != nil {
		return err
	}
	m := f.minder(id)
	if m == nil {
		return ErrNoCamera
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	set(m)
	return nil
}

// setMotion has the worker told if that is a change; m.mu is held.
func (m *minder) setMotion(v Motion) {
	if reflect.DeepEqual(v, m.camera.Motion) {
		return
	}
	m.camera.Motion = v
	if m.child != nil {
		m.child.retune()
	}
}

// looksFor is what the camera's worker is to look for.
func (m *minder) looksFor() wire.Motion {
	m.mu.Lock()
	defer m.mu.Unlock()
	return wire.Motion(m.camera.Motion)
}

// usable are settings that a worker takes: with those that cannot be meant, which only a
// damaged database holds, the whole picture counts.
func (m *minder) usable(v Motion) Motion {
	if err := v.Settings.Validate(); err != nil {
		m.log.Error("the camera's motion settings cannot be used; the whole picture counts", "error", err)
		v.Settings = motion.Settings{}
	}
	return v
}

// retune has the worker told what to look and listen for once more.
func (c *child) retune() {
	select {
	case c.tuned <- struct{}{}:
	default: // it is about to be
	}
}

// tune tells the worker what to look and listen for whenever that changed since its start was put
// together. A write that fails is noticed by who reads from it.
func (c *child) tune(ctx context.Context) {
	if c.ready(ctx) != nil {
		return
	}
	for {
		select {
		case <-c.tuned:
			_ = c.tell(wire.TypeMotion, c.m.looksFor())
			_ = c.tell(wire.TypeSound, c.m.listensFor())
		case <-ctx.Done():
			return
		}
	}
}
