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

// maxMissed bounds the events of one camera that are remembered as missed.
const maxMissed = 8

// feed is what one page is told of events. What waits here are names: whether
// the viewer may see the event, and what it says, is asked when it is its turn,
// and nothing of that is kept.
type feed struct {
	socket *socket
	wake   chan struct{} // holds one when something waits

	mu      sync.Mutex // guards following
	on      bool
	waiting []change
	// missed are changes that had no room, or of which the gate did not know: of
	// each camera the newest, the last first. Whether the viewer hears that there were any
	// is asked as well, for they may all be somebody else's, or sounds of what the viewer
	// may not hear.
	missed  map[media.CameraID][]media.EventID
	full    bool          // some had no room since missed was taken
	sending media.EventID // on its way to the viewer; zero: none
}

// change is an event that is new or changed.
type change struct {
	camera media.CameraID
	event  media.EventID
}

func newFeed(k *socket) *feed { return &feed{socket: k, wake: make(chan struct{}, 1)} }

// turn begins or ends the feed.
func (f *feed) turn(on bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.on, f.missed, f.full, f.waiting = on, map[media.CameraID][]media.EventID{}, false, nil
}

// add notes that an event changed; it does not block. One that waits already is
// not noted twice: what it says is read when it is its turn.
func (f *feed) add(c change) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.on {
		return
	}
	if slices.Contains(f.waiting, c) {
		return
	}
	if len(f.waiting) >= maxWaiting {
		f.miss(f.waiting[0])
		f.waiting, f.full = f.waiting[1:], true
	}
	f.waiting = append(f.waiting, c)
	f.nudge()
}

// miss remembers a change that the viewer was not told of; f.mu is held.
func (f *feed) miss(c change) {
	of := slices.DeleteFunc(f.missed[c.camera], func(id media.EventID) bool { return id == c.event })
	f.missed[c.camera] = slices.Insert(of[:min(len(of), maxMissed-1)], 0, c.event)
}

func (f *feed) nudge() {
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// next takes what is to be told next.
func (f *feed) next() (c change, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.waiting) == 0 {
		return c, false
	}
	c, f.waiting = f.waiting[0], f.waiting[1:]
	return c, true
}

// takeMissed takes what was missed, if some had no room or it is time to ask again.
func (f *feed) takeMissed(again bool) map[media.CameraID][]media.EventID {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.full && !again {
		return nil
	}
	missed := f.missed
	f.missed, f.full = map[media.CameraID][]media.EventID{}, false
	return missed
}

// run tells the viewer until ctx ends or the socket does; what was missed comes
// first.
func (f *feed) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-f.wake:
		}
		if f.tellAll(ctx) != nil {
			return
		}
	}
}

// tellAll tells what there is. The error is the socket's end.
func (f *feed) tellAll(ctx context.Context) error {
	for again := true; ctx.Err() == nil; again = false {
		if err := f.tellMissed(ctx, f.takeMissed(again)); err != nil {
			return err
		}
		c, ok := f.next()
		if !ok {
			return nil
		}
		if err := f.tell(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// tellMissed says that some were missed, if the viewer may see one of them: of
// others that would tell that something happened. It is said once, for a page reads
// its whole list then. The error is the socket's end.
func (f *feed) tellMissed(ctx context.Context, missed map[media.CameraID][]media.EventID) error {
	for camera, list := range missed {
		var err error
		for _, id := range slices.Backward(list) {
			if err == nil || denied(err) { // else it would not know of the next either
				asking, cancel := gate.Question(ctx)
				_, err = f.socket.sockets.cfg.Gate.AdmitEvent(asking, f.socket.viewer.Caller, id, gate.History)
				cancel()
			}
			switch {
			case err == nil && f.begin(id):
				defer f.end()
				return f.socket.out.text(answer{Type: "events-missed"})
			case err != nil && !denied(err):
				f.lost(change{camera, id})
			}
		}
	}
	return nil
}

// tell asks the gate for one event and sends what it says. An event that is not
// the viewer's is passed over in silence. The error is the socket's end.
func (f *feed) tell(ctx context.Context, c change) error {
	asking, cancel := gate.Question(ctx)
	e, err := f.socket.sockets.cfg.Gate.Event(asking, f.socket.viewer.Caller, c.event)
	cancel()
	switch {
	case err == nil && f.begin(c.event):
		defer f.end()
		return f.socket.out.text(answer{Type: "event", Event: f.socket.viewer.Show(e)})
	case err != nil && !denied(err):
		f.lost(c)
	}
	return nil
}

// denied reports whether the gate said No, and not that it does not know.
func denied(err error) bool {
	return errors.Is(err, gate.ErrNotFound) || errors.Is(err, gate.ErrCrossed) || errors.Is(err, gate.ErrLockdown)
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

// lost notes that the page was not told of a change, because the gate did not
// know: ask has it asked again.
func (f *feed) lost(c change) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.on {
		f.miss(c)
	}
}

// ask asks again for an event that is on its way to a slow viewer, and ends the
// socket if the answer is not Yes any more: what lies in a buffer must not drip
// on. It has run ask again for what was missed.
func (f *feed) ask(ctx context.Context) {
	f.mu.Lock()
	id := f.sending
	if len(f.missed) > 0 {
		f.nudge()
	}
	f.mu.Unlock()
	if id.IsZero() {
		return
	}
	if _, err := f.socket.sockets.cfg.Gate.AdmitEvent(ctx, f.socket.viewer.Caller, id, gate.History); err != nil {
		f.socket.end(errGone)
	}
}
