package worker

import (
	"context"
	"errors"
	"sync"
	"time"

	"lares/cameras/control"
	"lares/cameras/internal/wire"
	"lares/cameras/onvif"
)

const (
	// orderWithin bounds what one order may take at the device: several questions
	// of onvif.Timeout each would be too long for who waits.
	orderWithin = 15 * time.Second
	// maxOrders wait to be begun, maxAtOnce is under way beside the one order to
	// turn: a slow device is not asked more.
	maxOrders = 16
	maxAtOnce = 3
)

// hands carries out what is asked of the device beside pictures and events,
// while the device is known to be the right one. Of orders to turn the newest
// counts; the others do not wait for each other.
type hands struct {
	w      *worker
	client *onvif.Client // nil without an address
	asked  chan wire.Order

	turning chan struct{} // holds a token while next is set

	mu     sync.Mutex // guards following
	next   *wire.Order
	own    []onvif.Profile   // of the camera's own picture; nil if not known
	others []onvif.Profile   // of other cameras of the same recorder
	many   bool              // the device is a recorder: it was said so, or it once told several sources
	bare   bool              // the device is followed without profiles, see plain
	places map[string]string // tokens of presets by ID
}

func newHands(w *worker, client *onvif.Client) *hands {
	return &hands{w: w, client: client, many: w.start.Recorder, asked: make(chan wire.Order, maxOrders), turning: make(chan struct{}, 1)}
}

// ask queues an order of the hub.
func (h *hands) ask(o wire.Order) {
	if h.client == nil {
		h.done(o, control.Found{}, control.Cannot)
		return
	}
	select {
	case h.asked <- o:
	default:
		h.done(o, control.Found{}, control.Busy)
	}
}

func (h *hands) done(o wire.Order, found control.Found, err error) {
	h.w.tell(wire.TypeDone, wire.Done{Number: o.Number, Camera: h.w.start.Camera, Problem: problemOf(err), Found: found})
}

// serve carries out orders until the context ends. What was known of the device
// before is asked for again.
func (h *hands) serve(ctx context.Context) {
	h.forget()
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() { h.turn(ctx) })
	room := make(chan struct{}, maxAtOnce)
	for {
		select {
		case o := <-h.asked:
			if o.Order.Do.Turns() {
				h.replace(o)
				continue
			}
			select {
			case room <- struct{}{}:
				wg.Go(func() {
					defer func() { <-room }()
					h.carryOut(ctx, o)
				})
			default:
				h.done(o, control.Found{}, control.Busy)
			}
		case <-ctx.Done():
			return
		}
	}
}

func (h *hands) carryOut(ctx context.Context, o wire.Order) {
	ctx, cancel := context.WithTimeout(ctx, orderWithin)
	defer cancel()
	found, err := h.obey(ctx, o.Order)
	h.done(o, found, err)
}

func (h *hands) obey(ctx context.Context, o control.Order) (found control.Found, err error) {
	switch o.Do {
	case control.ShowPTZ:
		found.PTZ, err = h.ptz(ctx)
	case control.ShowPicture:
		found.Picture, err = h.picture(ctx)
	case control.SetPicture:
		found.Picture, err = h.setPicture(ctx, o.Change)
	case control.ShowOutputs:
		found.Outputs, err = h.outputs(ctx)
	case control.Switch:
		err = h.switchOutput(ctx, o.ID, o.On)
	case control.Reboot:
		err = h.reboot(ctx)
	default:
		err = control.Cannot
	}
	return found, err
}

// replace makes an order to turn the next one. One that waits already is
// overtaken, and done with that.
func (h *hands) replace(o wire.Order) {
	h.mu.Lock()
	before := h.next
	h.next = &o
	h.mu.Unlock()
	if before != nil {
		h.done(*before, control.Found{}, nil)
	}
	select {
	case h.turning <- struct{}{}:
	default:
	}
}

func (h *hands) take() *wire.Order {
	h.mu.Lock()
	defer h.mu.Unlock()
	o := h.next
	h.next = nil
	return o
}

// turn carries out orders to turn one after the other. A move is done when the
// device has taken it; its end is waited for beside.
func (h *hands) turn(ctx context.Context) {
	var moves sync.WaitGroup
	defer moves.Wait()
	for {
		select {
		case <-h.turning:
		case <-ctx.Done():
			if o := h.take(); o != nil {
				h.done(*o, control.Found{}, control.Silent)
			}
			return
		}
		o := h.take()
		if o == nil {
			continue
		}
		finish, err := h.begin(ctx, o.Order)
		h.done(*o, control.Found{}, err)
		if finish != nil {
			// A failed stop is nobody's to hear any more; the device has a time
			// limit of its own as well.
			moves.Go(func() { _ = finish(ctx) })
		}
	}
}

func (h *hands) begin(ctx context.Context, o control.Order) (finish func(context.Context) error, err error) {
	ctx, cancel := context.WithTimeout(ctx, orderWithin)
	defer cancel()
	p, err := h.turnable(ctx)
	if err != nil {
		return nil, err
	}
	switch o.Do {
	case control.Move:
		return h.client.Begin(ctx, p, onvif.Velocity{Pan: o.Pan, Tilt: o.Tilt, Zoom: o.Zoom}, time.Duration(o.MS)*time.Millisecond)
	case control.Stop:
		return nil, h.client.Stop(ctx, p)
	case control.GoHome:
		return nil, h.client.GoHome(ctx, p)
	}
	token, err := h.place(ctx, p, o.ID)
	if err != nil {
		return nil, err
	}
	return nil, h.client.GoTo(ctx, p, token)
}

// problemOf says of an error of the ONVIF client what the hub has to know; what
// the device wrote stays here.
func problemOf(err error) control.Problem {
	var p control.Problem
	switch {
	case err == nil:
		return ""
	case errors.As(err, &p):
		return p
	case errors.Is(err, onvif.ErrNotAuthorized):
		return control.Forbidden
	case errors.Is(err, onvif.ErrUnsupported):
		return control.Cannot
	case errors.Is(err, onvif.ErrRefused), errors.Is(err, onvif.ErrBusy):
		return control.Refused
	case errors.Is(err, onvif.ErrMalformed):
		return control.Garbled
	}
	return control.Silent
}
