package live

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"lares/cameras/media"
	"lares/hub/gate"
)

// maxWaiting bounds the events that one page has not been told yet. A page that
// misses some reads its list again.
const maxWaiting = 64

// maxMissed bounds the changes of one camera that are remembered as missed.
const maxMissed = 8

// feed is what one page is told of events, and of what is recorded between them. What waits
// here are names: whether the viewer may see it, and what it says, is asked when it is its
// turn, and nothing of that is kept.
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
	missed  map[media.CameraID][]change
	full    bool   // some had no room since missed was taken
	sending change // on its way to the viewer; zero: none
}

// change is an event, a clip that no event began, or a gap, that is new or changed: one of
// them.
type change struct {
	camera media.CameraID
	event  media.EventID
	clip   media.ClipID
	gap    int64 // when it begins, Unix ns
}

func newFeed(k *socket) *feed { return &feed{socket: k, wake: make(chan struct{}, 1)} }

// turn begins or ends the feed.
func (f *feed) turn(on bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.on, f.missed, f.full, f.waiting = on, map[media.CameraID][]change{}, false, nil
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
	of := slices.DeleteFunc(f.missed[c.camera], func(other change) bool { return other == c })
	f.missed[c.camera] = slices.Insert(of[:min(len(of), maxMissed-1)], 0, c)
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
func (f *feed) takeMissed(again bool) map[media.CameraID][]change {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.full && !again {
		return nil
	}
	missed := f.missed
	f.missed, f.full = map[media.CameraID][]change{}, false
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
func (f *feed) tellMissed(ctx context.Context, missed map[media.CameraID][]change) error {
	for _, list := range missed {
		var err error
		for _, c := range slices.Backward(list) {
			if err == nil || denied(err) { // else it would not know of the next either
				asking, cancel := gate.Question(ctx)
				err = f.may(asking, c)
				cancel()
			}
			switch {
			case err == nil && f.begin(c):
				defer f.end()
				return f.socket.out.text(answer{Type: "events-missed"})
			case err != nil && !denied(err):
				f.lost(c)
			}
		}
	}
	return nil
}

// may asks the gate whether the viewer may know of a change.
func (f *feed) may(ctx context.Context, c change) (err error) {
	g, who := f.socket.sockets.cfg.Gate, f.socket.viewer.Caller
	switch {
	case !c.event.IsZero():
		_, err = g.AdmitEvent(ctx, who, c.event, gate.History)
	case !c.clip.IsZero():
		_, err = g.AdmitClip(ctx, who, c.clip, gate.History)
	default:
		_, err = g.Gap(ctx, who, c.camera, time.Unix(0, c.gap))
	}
	return err
}

// said asks the gate what a change says to the viewer.
func (f *feed) said(ctx context.Context, c change) (a answer, err error) {
	g, v := f.socket.sockets.cfg.Gate, f.socket.viewer
	switch {
	case !c.event.IsZero():
		var e gate.Event
		if e, err = g.Event(ctx, v.Caller, c.event); err == nil {
			a = answer{Type: "event", Event: v.Show(e)}
		}
	case !c.clip.IsZero():
		var camera media.CameraID
		var r gate.Recording
		if camera, r, err = g.Recording(ctx, v.Caller, c.clip); err == nil {
			a = answer{Type: "recording", Recording: v.ShowRecording(camera, r)}
		}
	default:
		var gap gate.Gap
		if gap, err = g.Gap(ctx, v.Caller, c.camera, time.Unix(0, c.gap)); err == nil {
			a = answer{Type: "gap", Gap: v.ShowGap(c.camera, gap)}
		}
	}
	return a, err
}

// tell sends what a change says. One that is not the viewer's is passed over in silence. The
// error is the socket's end.
func (f *feed) tell(ctx context.Context, c change) error {
	asking, cancel := gate.Question(ctx)
	a, err := f.said(asking, c)
	cancel()
	switch {
	case err == nil && f.begin(c):
		defer f.end()
		return f.socket.out.text(a)
	case err != nil && !denied(err):
		f.lost(c)
	}
	return nil
}

// denied reports whether the gate said No, and not that it does not know.
func denied(err error) bool {
	return errors.Is(err, gate.ErrNotFound) || errors.Is(err, gate.ErrCrossed) || errors.Is(err, gate.ErrLockdown)
}

// begin says that a change is on its way; false if the viewer wants none now.
func (f *feed) begin(c change) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.on {
		f.sending = c
	}
	return f.on
}

func (f *feed) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sending = change{}
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

// ask asks again for what is on its way to a slow viewer, and ends the
// socket if the answer is not Yes any more: what lies in a buffer must not drip
// on. It has run ask again for what was missed.
func (f *feed) ask(ctx context.Context) {
	f.mu.Lock()
	c := f.sending
	if len(f.missed) > 0 {
		f.nudge()
	}
	f.mu.Unlock()
	if c == (change{}) {
		return
	}
	if f.may(ctx, c) != nil {
		f.socket.end(errGone)
	}
}
