package worker

import (
	"context"
	"errors"
	"time"

	"lares/cameras/control"
	"lares/cameras/internal/wire"
	"lares/cameras/media"
	"lares/cameras/onvif"
)

// run follows the camera's events and answers snapshot requests until the
// context ends, with the pauses of DESIGN §3 while it fails.
func (d *device) run(ctx context.Context) {
	if d.client == nil {
		<-ctx.Done()
		return
	}
	defer d.client.Close()
	defer d.relieve()
	var since time.Duration // of the first failure after something worked
	failing := false
	for {
		d.relieve()
		began := d.w.now()
		err := d.connect(ctx)
		if ctx.Err() != nil {
			return
		}
		now := d.w.now()
		if err == nil || !failing {
			since, failing = now, true
		}
		why := complaint(err)
		d.w.warn(media.StreamCamera, why)
		back := d.back
		if denied(err) {
			back = nil // cameras lock who tries too often
		}
		woken, ok := d.wait(ctx, pauseAfter(err, now-began, now-since), back, why)
		if !ok {
			return
		}
		failing = failing && !woken
	}
}

// pauseAfter is what to wait after a connection that took some time: by the rules of the
// streams, from try to try.
func pauseAfter(err error, took, failingFor time.Duration) time.Duration {
	var f *failure
	if !errors.As(err, &f) {
		f = failed(wire.Unreachable, "")
		if h, ok := held(err); ok {
			f = h
		} else if refused(err, failingFor) {
			f = failed(wire.Incompatible, "")
		}
	}
	pause := retryIn(f, failingFor)
	if err != nil && !f.rare() {
		pause = max(pause-took, retryAtOnce)
	}
	return pause
}

// refused reports whether a camera refused the password, or cannot be used: what only
// people change, as a rule. What it says that makes no sense is that once it has had the
// time to start.
func refused(err error, failingFor time.Duration) bool {
	unready := errors.Is(err, onvif.ErrMalformed) || errors.Is(err, onvif.ErrRefused) || errors.Is(err, onvif.ErrUnsupported)
	return denied(err) || unready && failingFor >= retrySoonFor || errors.Is(err, errWhich) && !unready
}

// denied reports whether the password was refused.
func denied(err error) bool {
	var f *failure
	return errors.Is(err, onvif.ErrNotAuthorized) || errors.As(err, &f) && f.code == wire.WrongPassword
}

// wake says that the camera's pictures come: who waits to try again does so now.
func (d *device) wake() {
	if d == nil {
		return
	}
	select {
	case d.back <- struct{}{}:
	default:
	}
}

// wait lets a while pass before the next connection, for which there is a reason, or less
// where back wakes it; not ok says that the context has ended.
func (d *device) wait(ctx context.Context, pause time.Duration, back <-chan struct{}, why string) (woken, ok bool) {
	asked := d.hands.asked
	if d.rest != nil {
		asked = nil // they are served: only the events are lost
	}
	timer := time.After(pause)
	for {
		select {
		case n := <-d.requests:
			d.none(n, why)
		case o := <-asked:
			d.hands.done(o, control.Found{}, control.Silent)
		case <-back:
			return true, true
		case <-timer:
			return false, true
		case <-ctx.Done():
			return false, false
		}
	}
}
