package fanout

import (
	"context"
	"sync"
	"time"

	"lares/cameras/clock"
	"lares/cameras/media"
)

// rest is how often a reader of the past looks for what came, all of them at the same time. To
// wake it for each unit costs a machine that sleeps in between more than what it does with it.
const rest = 200 * time.Millisecond

// Reader is a bounded consumer of a Stream; it implements media.Reader. One
// goroutine calls Next at a time.
type Reader struct {
	stream *Stream

	mu         sync.Mutex // guards following
	units      []media.Unit
	bytes      int
	allowUnits int
	allowBytes int
	config     *media.Unit // last queued
	own        int         // of units, the oldest: in no ring any more
	ownBytes   int         // that they take, with their costs
	budget     *Budget     // of those; nil of a viewer
	dropped    int64       // pictures that were lost
	began      bool        // it was given something
	waiting    bool        // for the next sync unit
	lagging    bool        // to be reported once
	closed     bool

	wake chan struct{} // holds a token when Next has something to look at
}

var _ media.Reader = (*Reader)(nil)

func newReader(s *Stream, past bool) *Reader {
	r := &Reader{stream: s, waiting: true, wake: make(chan struct{}, 1), allowUnits: maxUnitsViewer, allowBytes: maxQueueViewer}
	if past {
		r.allowUnits, r.allowBytes, r.budget = maxUnitsRecorder, maxQueueRecorder, s.budget
	}
	return r
}

// push is called with the stream's lock held; the ring holds what was received at oldest or
// later.
func (r *Reader) push(e entry, oldest time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.waiting && !e.unit.Sync {
		if r.began && e.unit.Type == media.UnitVideo {
			r.dropped++
		}
		return
	}
	r.waiting, r.began = false, true
	r.queue(e)
	r.keepOwn(oldest)
	if len(r.units) > r.allowUnits || r.bytes > r.allowBytes {
		// Everything goes, not the oldest: a reader that is late is to be
		// current again, and starts where a decoder can.
		r.lose()
	}
	if r.budget == nil || r.half() {
		r.nudge()
	}
}

// half says whether the queue holds half of what it may or more; r.mu is held.
func (r *Reader) half() bool { return 2*len(r.units) >= r.allowUnits || 2*r.bytes >= r.allowBytes }

// keepOwn counts what is in the queue alone; r.mu is held.
func (r *Reader) keepOwn(oldest time.Time) {
	if r.budget == nil {
		return
	}
	before := r.own
	for ; r.own < len(r.units) && r.units[r.own].Received.Before(oldest); r.own++ {
		r.ownBytes += cost(&r.units[r.own])
	}
	if r.own != before {
		r.budget.hold(r, r.ownBytes)
	}
}

// disown counts nothing as its own; r.mu is held.
func (r *Reader) disown() {
	if r.own, r.ownBytes = 0, 0; r.budget != nil {
		r.budget.hold(r, 0)
	}
}

// lose drops what is queued; r.mu is held.
func (r *Reader) lose() {
	for i := range r.units {
		if r.units[i].Type == media.UnitVideo {
			r.dropped++
		}
	}
	r.disown()
	clear(r.units)
	r.units, r.bytes, r.config = r.units[:0], 0, nil
	r.waiting, r.lagging = true, true
}

// forget drops what is queued.
func (r *Reader) forget() {
	r.mu.Lock()
	r.lose()
	r.mu.Unlock()
	r.nudge()
}

func (r *Reader) nudge() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// queue appends a unit, before it the configuration it needs unless that was
// queued before.
func (r *Reader) queue(e entry) {
	if e.config != r.config {
		r.config = e.config
		r.add(*e.config)
	}
	if e.unit.Type != media.UnitConfig {
		r.add(e.unit)
	}
}

func (r *Reader) add(u media.Unit) {
	r.units = append(r.units, u)
	r.bytes += len(u.Sealed)
}

// Camera implements media.Reader.
func (r *Reader) Camera() media.CameraID { return r.stream.camera }

// Next implements media.Reader.
func (r *Reader) Next(ctx context.Context) (media.Unit, error) {
	for {
		if u, err, ok := r.take(); ok {
			return u, err
		}
		select {
		case <-r.wake:
		case <-r.rested():
		case <-ctx.Done():
			if u, err, ok := r.take(); ok { // it came before, and its reader did not look yet
				return u, err
			}
			return media.Unit{}, ctx.Err()
		}
	}
}

// rested tells when a reader of the past looks again; never for a viewer, who is woken.
func (r *Reader) rested() <-chan time.Time {
	if r.budget == nil {
		return nil
	}
	now := clock.System{}.Now()
	return time.After(now.Truncate(rest).Add(rest).Sub(now))
}

func (r *Reader) take() (u media.Unit, err error, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.lagging:
		r.lagging = false
		return u, media.ErrLagging, true
	case len(r.units) > 0:
		u = r.units[0]
		r.units[0] = media.Unit{}
		r.units = r.units[1:]
		r.bytes -= len(u.Sealed)
		if r.own > 0 {
			r.own--
			r.ownBytes -= cost(&u)
			r.budget.hold(r, r.ownBytes)
		}
		return u, nil, true
	case r.closed:
		return u, media.ErrClosed, true
	}
	return u, nil, false
}

// Queue implements media.Reader.
func (r *Reader) Queue() media.Queue {
	r.mu.Lock()
	defer r.mu.Unlock()
	half := r.half() || r.budget != nil && r.budget.half()
	return media.Queue{Units: len(r.units), Bytes: int64(r.bytes), Dropped: r.dropped, Half: half}
}

// end is called with the stream's lock held: what is queued may still be read.
func (r *Reader) end() {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.nudge()
}

// Close implements media.Reader. Next, if it is blocked, returns ErrClosed.
func (r *Reader) Close() {
	r.stream.drop(r)
	r.mu.Lock()
	r.units, r.bytes, r.lagging, r.waiting = nil, 0, false, true
	r.disown()
	r.mu.Unlock()
	r.end()
}
