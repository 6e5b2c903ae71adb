package worker

import (
	"context"
	"sync/atomic"
	"time"

	"lares/cameras/clock"
)

// How late a picture comes is known where the camera tells when it took it, by the sender
// reports of RTCP (RFC 3550 §6.4.1), and over ONVIF what its clock says. Both are the camera's
// time, right or wrong, so that neither the hub's clock nor its own error counts.

const (
	// clockEvery is how often the camera's clock is read: it may be set, and drifts.
	clockEvery = time.Minute
	// clockDrift is what it may drift in that time, a few hundred parts in a million.
	clockDrift = 50 * time.Millisecond
	// clockReadings bounds the questions of one reading. ONVIF tells whole seconds: each
	// question halves what is not known.
	clockReadings = 8
	// clockExact is when no more is asked, clockUnsure what is too vague to tell anything.
	clockExact  = 30 * time.Millisecond
	clockUnsure = 250 * time.Millisecond
	// clockWithin bounds one question.
	clockWithin = 4 * time.Second
	// mostLate is above what a camera holds back. What says more is told by another clock
	// than ONVIF's, as is what was taken after it came.
	mostLate = time.Minute
)

// deviceClock is how far the camera's clock is ahead of the worker's. It is safe for
// concurrent use; the zero value is never known.
type deviceClock struct {
	wanted chan struct{} // holds a token once a picture tells its time
	ahead  atomic.Pointer[ahead]
}

// ahead is the camera's time since 1970 less the worker's: between two values.
type ahead struct{ least, most time.Duration }

func newDeviceClock() deviceClock { return deviceClock{wanted: make(chan struct{}, 1)} }

// late is how long ago what came at a time of the worker's was taken by the camera's time,
// 1 ms at least; 0 where that cannot be known.
func (c *deviceClock) late(taken time.Time, came time.Duration) time.Duration {
	select {
	case c.wanted <- struct{}{}:
	default:
	}
	a := c.ahead.Load()
	if a == nil {
		return 0
	}
	late := came + a.middle() - time.Duration(taken.UnixNano())
	if late < -a.width() || late > mostLate {
		return 0
	}
	return max(late, time.Millisecond)
}

func (a *ahead) middle() time.Duration { return a.least + a.width()/2 }

func (a *ahead) width() time.Duration { return a.most - a.least }

// told narrows it by a time in whole seconds, for which was asked between two times; nil
// where both cannot be true.
func (a *ahead) told(at time.Time, asked, came time.Duration) *ahead {
	since := time.Duration(at.Unix()) * time.Second
	now := &ahead{since - came, since + time.Second - asked}
	if a != nil {
		now.least, now.most = max(now.least, a.least), min(now.most, a.most)
	}
	if now.least >= now.most {
		return nil
	}
	return now
}

// turns is how long after a time of the worker's the camera's second is over, as far as is
// known: asked then, its answer tells which half is true.
func (a *ahead) turns(now time.Duration) time.Duration {
	return time.Second - (now+a.middle())%time.Second
}

// keepTime reads the camera's clock for as long as pictures tell their times.
func (d *device) keepTime(ctx context.Context) {
	c := &d.w.clockThere
	defer c.ahead.Store(nil)
	for {
		select {
		case <-c.wanted:
		case <-ctx.Done():
			return
		}
		c.ahead.Store(d.readClock(ctx, c.ahead.Load()))
		if !clock.Pause(ctx, clockEvery) {
			return
		}
	}
}

// readClock asks for the camera's time until it is exact; nil where that cannot be had. It
// goes on from what was known before, unless the clock was set since.
func (d *device) readClock(ctx context.Context, before *ahead) *ahead {
	var a *ahead
	if before != nil {
		a = &ahead{before.least - clockDrift, before.most + clockDrift}
	}
	for range clockReadings {
		if a != nil && !clock.Pause(ctx, a.turns(d.w.now())) {
			return nil
		}
		asked := d.w.now()
		at, err := d.ask(ctx)
		if err != nil {
			return nil
		}
		if a = a.told(at, asked, d.w.now()); a != nil && a.width() <= clockExact {
			return a
		}
	}
	if a != nil && a.width() > clockUnsure {
		return nil
	}
	return a
}

func (d *device) ask(ctx context.Context) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, clockWithin)
	defer cancel()
	return d.client.Time(ctx)
}
