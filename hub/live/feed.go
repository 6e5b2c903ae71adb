package live

import (
	"context"
	"errors"
	"slices"
	"sync"

	"lares/cameras/media"
	"lares/hub/gate"
)

// maxWaiting bounds the events that one page has not been told yet. A page that
// misses some reads its list again.
const maxWaiting = 64

// feed is what one page is told of events. What waits here are names: whether
// the viewer may see the event, and what it says, is asked when it is its turn,
// and nothing of that is kept.
type feed struct {
	socket *socket
	wake   chan struct{} // holds one when something waits

	mu      sync.Mutex // guards following
	on      bool
	missed  bool
	waiting []media.EventID
	sending media.EventID // on its way to the viewer; zero: none
}

func newFeed(k *socket) *feed { return &feed{socket: k, wake: make(chan struct{}, 1)} }

// turn begins or ends the feed.
func (f *feed) turn(on bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.on, f.missed, f.waiting = on, false, nil
}

// add notes that an event changed; it does not block. One that waits already is
// not noted twice: what it says is read when it is its turn.
func (f *feed) add(id media.EventID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.on {
		return
	}
	if slices.Contains(f.waiting, id) {
		return
	}
	if len(f.waiting) >= maxWaiting {
		f.missed, f.waiting = true, f.waiting[1:]
	}
	f.waiting = append(f.waiting, id)
	f.nudge()
}

func (f *feed) nudge() {
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// next takes what is to be told next; missed comes first.
func (f *feed) next() (id media.EventID, missed, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.missed {
		f.missed = false
		return id, true, true
	}
	if len(f.waiting) == 0 {
		return id, false, false
	}
	id, f.waiting = f.waiting[0], f.waiting[1:]
	return id, false, true
}

// run tells the viewer until ctx ends or the socket does.
func (f *feed) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-f.wake:
		}
		for id, missed, ok := f.next(); ok && ctx.Err() == nil; id, missed, ok = f.next() {
			var err error
			if missed {
				err = f.socket.out.text(answer{Type: "events-missed"})
			} else {
				err = f.tell(ctx, id)
			}
			if err != nil {
				return
			}
		}
	}
}

// tell asks the gate for one event and sends what it says. An event that is not
// the viewer's is passed over in silence. The error is the socket's end.
func (f *feed) tell(ctx context.Context, id media.EventID) error {
	asking, cancel := gate.Question(ctx)
	e, err := f.socket.sockets.cfg.Gate.Event(asking, f.socket.viewer.Caller, id)
	cancel()
	switch {
	case err == nil && f.begin(id):
		defer f.end()
		return f.socket.out.text(answer{Type: "event", Event: f.socket.viewer.Show(e)})
	case err == nil, errors.Is(err, gate.ErrNotFound), errors.Is(err, gate.ErrCrossed), errors.Is(err, gate.ErrLockdown):
		return nil
	}
	f.lost()
	return nil
}

// begin says that an event is on its way; false if the viewer wants none now.
func (f *feed) begin(id media.EventID) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.on {
		f.sending = id
	}
	return f.on
}

func (f *feed) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sending = media.EventID{}
}

// lost makes the page read its list again.
func (f *feed) lost() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.missed = f.on
	f.nudge()
}

// ask asks again for an event that is on its way to a slow viewer, and ends the
// socket if the answer is not Yes any more: what lies in a buffer must not drip
// on.
func (f *feed) ask(ctx context.Context) {
	f.mu.Lock()
	id := f.sending
	f.mu.Unlock()
	if id.IsZero() {
		return
	}
	if _, err := f.socket.sockets.cfg.Gate.AdmitEvent(ctx, f.socket.viewer.Caller, id, gate.History); err != nil {
		f.socket.end(errGone)
	}
}
