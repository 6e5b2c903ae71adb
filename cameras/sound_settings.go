package cameras

import (
	"context"

	"lares/cameras/internal/wire"
	"lares/cameras/media"
	"lares/cameras/sound"
)

// Sound says whether and for what the hub listens to a camera's sound. The zero value: it
// does not.
type Sound struct {
	On bool `json:"on,omitempty"`
	// Settings say what is loud.
	Settings sound.Settings `json:"settings,omitzero"`
}

// SetSound changes what is listened for at a camera. A worker that runs is told within a
// moment and stays connected; one that starts later begins with it. It returns ErrNoCamera,
// sound.ErrSettings or the context's error.
func (f *Fleet) SetSound(ctx context.Context, id media.CameraID, v Sound) error {
	return f.setting(ctx, id, v.Settings.Validate(), func(m *minder) { m.setSound(v) })
}

// setSound has the worker told if that is a change; m.mu is held.
func (m *minder) setSound(v Sound) {
	if v == m.camera.Sound {
		return
	}
	m.camera.Sound = v
	if m.child != nil {
		m.child.retune()
	}
}

// listensFor is what the camera's worker is to listen for.
func (m *minder) listensFor() wire.Sound {
	m.mu.Lock()
	defer m.mu.Unlock()
	return wire.Sound(m.camera.Sound)
}

// audible are settings that a worker takes: with those that cannot be meant, which only a
// damaged database holds, nobody listens.
func (m *minder) audible(v Sound) Sound {
	if err := v.Settings.Validate(); err != nil {
		m.log.Error("the camera's sound settings cannot be used; nobody listens", "error", err)
		return Sound{}
	}
	return v
}
