package worker

import (
	"fmt"
	"sync"

	"lares/cameras/internal/wire"
)

// eye looks for motion in the camera's pictures.
type eye struct {
	mu     sync.Mutex // guards following
	wanted wire.Motion
}

// want says what to look for from now on.
func (e *eye) want(m wire.Motion) error {
	if err := m.Settings.Validate(); err != nil {
		return fmt.Errorf("worker: what the hub wants to be looked for: %w", err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.wanted = m
	return nil
}
