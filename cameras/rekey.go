package cameras

import (
	"context"
	"errors"

	"lares/cameras/internal/wire"
	"lares/cameras/media"
)

// errOutlived ends a worker that could not be given a new run.
var errOutlived = errors.New("cameras: the camera worker did not take its new run")

// Rekey gives the camera's worker a new run over the socket; the connection to
// the camera stays. It returns when the worker seals under the new run, from the
// main stream's next IDR on or 2.5 s later without one, or
// ErrNoCamera, ErrNotRunning (the next worker starts with a new run anyway), or
// why it failed, which may be the context's error. After a failure nothing more is
// taken from the worker, and another one replaces it: no unit is forwarded that a
// run from before was to end.
func (f *Fleet) Rekey(ctx context.Context, id media.CameraID) error {
	m := f.minder(id)
	if m == nil {
		return ErrNoCamera
	}
	c := m.toRekey()
	if c == nil {
		return ErrNotRunning
	}
	return c.renew(ctx)
}

// toRekey is the worker that has a run. Of one that is being started with a run
// that was drawn already, nothing is waited for: it is replaced.
func (m *minder) toRekey() *child {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.child == nil && m.drawing {
		m.nudge()
	}
	return m.child
}

// draws notes that a run is drawn for a worker that is not there yet, or no more.
func (m *minder) draws(drawing bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.drawing = drawing
}

// nudge has the worker replaced, now or once it is there.
func (m *minder) nudge() {
	select {
	case m.changed <- struct{}{}:
	default:
	}
}

// renew is rekey, and the worker's end where that fails: it would go on under a
// run whose time is over.
func (c *child) renew(ctx context.Context) error {
	err := c.rekey(ctx)
	if err == nil {
		return nil
	}
	c.mu.Lock()
	c.outlived = !c.gone
	c.mu.Unlock()
	_ = c.conn.Close() // supervise hears of it, and ends the process
	return err
}

// why is the cause of the end of a worker whose socket brought err.
func (c *child) why(err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.outlived {
		return errOutlived
	}
	return err
}

// rekey gives the worker a new run and waits until it uses it.
func (c *child) rekey(ctx context.Context) error {
	if err := c.ready(ctx); err != nil {
		return err
	}
	done, err := c.tellRun(ctx)
	if err != nil {
		return err
	}
	select {
	case <-done:
		return nil
	case <-c.exited:
		return ErrNotRunning
	case <-ctx.Done():
		return ctx.Err()
	}
}

// tellRun draws a new run and tells it; done is closed when the worker uses it.
func (c *child) tellRun(ctx context.Context) (done <-chan struct{}, err error) {
	c.ordering.Lock()
	defer c.ordering.Unlock()
	run, key, err := c.m.newRun(ctx)
	if err != nil {
		return nil, err
	}
	p := pendingRun{run: run, done: make(chan struct{})}
	c.mu.Lock()
	if c.gone {
		c.mu.Unlock()
		return nil, ErrNotRunning
	}
	c.guard.AddRun(run.ID)
	c.pending[run.ID] = p
	c.mu.Unlock()
	c.m.f.cfg.RunStarted(run, key.Opener)
	if err := c.tell(wire.TypeRekey, wire.NewRun(key)); err != nil {
		return nil, ErrNotRunning
	}
	return p.done, nil
}
