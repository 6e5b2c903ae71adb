package cameras

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"time"

	"lares/cameras/control"
	"lares/cameras/fault"
	"lares/cameras/internal/wire"
	"lares/cameras/media"
)

const (
	// orderWithin is above what the worker allows itself.
	orderWithin = 20 * time.Second
	// maxOrders are under way at one camera at a time. A Stop still finds room when
	// all of that is taken.
	maxOrders = 8
)

// Control has a camera do something and returns what it answered. Of several
// orders to turn the newest counts, and one that was overtaken is no error. A
// move is done when the camera has taken it, and ends by itself. It returns
// ErrNoCamera, ErrNotRunning, a control.Problem, the error of the order's Check
// or the context's.
func (f *Fleet) Control(ctx context.Context, id media.CameraID, o control.Order) (control.Found, error) {
	if err := o.Check(); err != nil {
		return control.Found{}, err
	}
	m := f.minder(id)
	if m == nil {
		return control.Found{}, ErrNoCamera
	}
	c := m.currentChild()
	if c == nil {
		return control.Found{}, ErrNotRunning
	}
	return c.order(ctx, o)
}

func (c *child) order(ctx context.Context, o control.Order) (control.Found, error) {
	ctx, cancel := context.WithTimeout(ctx, orderWithin)
	defer cancel()
	if err := c.ready(ctx); err != nil {
		return control.Found{}, unanswered(err)
	}
	n, answer, ok := c.orders.add(o.Do)
	if !ok {
		return control.Found{}, control.Busy
	}
	defer c.orders.drop(n)
	if err := c.tell(wire.TypeOrder, wire.Order{Number: n, Order: o}); err != nil {
		return control.Found{}, ErrNotRunning
	}
	select {
	case d := <-answer:
		if d.Problem != "" {
			return control.Found{}, d.Problem
		}
		return d.Found, nil
	case <-c.exited:
		return control.Found{}, ErrNotRunning
	case <-ctx.Done():
		return control.Found{}, unanswered(ctx.Err())
	}
}

// unanswered makes an answer that does not come a problem of the camera; that
// nobody waits for it any more is none.
func unanswered(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return control.Silent
	}
	return err
}

// orders are those of one worker that wait for their answer. The zero orders
// are ready for use.
type orders struct {
	mu      sync.Mutex // guards following
	waiting map[uint32]chan wire.Done
	number  uint32
}

func (w *orders) add(do control.Verb) (n uint32, answer <-chan wire.Done, ok bool) {
	most := maxOrders
	if do == control.Stop {
		most *= 2
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.waiting) >= most {
		return 0, nil, false
	}
	if w.waiting == nil {
		w.waiting = map[uint32]chan wire.Done{}
	}
	w.number++
	c := make(chan wire.Done, 1)
	w.waiting[w.number] = c
	return w.number, c, true
}

func (w *orders) drop(n uint32) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.waiting, n)
}

// done takes an answer of the worker, if it is of its camera: each worker counts its
// orders from one on, so that another's answer has a number that is waited for.
func (c *child) done(body []byte) error {
	if fault.On {
		body = fault.Swap(fault.OrderAnswer, c.m.id.String(), bytes.Clone(body))
	}
	d, err := wire.Parse[wire.Done](body)
	if err != nil {
		return err
	}
	if err := d.Check(); err != nil {
		return err
	}
	if d.Camera != c.m.id {
		return c.m.crossed(fault.OrderAnswer)
	}
	c.orders.done(d)
	return nil
}

// done passes an answer on. One that nobody waits for is late.
func (w *orders) done(d wire.Done) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if c := w.waiting[d.Number]; c != nil {
		c <- d
		delete(w.waiting, d.Number)
	}
}
