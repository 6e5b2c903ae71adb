package worker

import (
	"context"
	"errors"
	"sync"
	"time"

	"lares/cameras/internal/wire"
	"lares/cameras/media"
	"lares/cameras/onvif"
)

// way is one of those that sign in to the camera by themselves. What speaks through
// the camera comes in by the main stream's.
type way int

const (
	wayMain way = iota
	waySub
	wayONVIF
	ways
)

func wayOf(s media.StreamID) way {
	if s == media.StreamSub {
		return waySub
	}
	return wayMain
}

const (
	// heldFor is how long no other way tries the password that one was refused
	// for; that one yields to them for yields more, because some cameras have a
	// password of its own for ONVIF.
	heldFor = retryRarely
	yields  = 5 * time.Second
	// mostDenied is after how many refusals in a row ONVIF counts as refused by a
	// camera that let it in before: users may lack the right to one thing or
	// another there.
	mostDenied = 3
)

// door keeps a camera from being asked for one wrong password by many: cameras lock
// out who tries too often. Until the camera has let a way in, one signs in at a time,
// and a refusal of one holds all. A nil door is open. It is safe for concurrent use.
type door struct {
	now  func() time.Duration
	turn chan struct{} // holds a token while somebody signs in whom the camera has not let in yet

	mu   sync.Mutex // guards following
	ways [ways]visitor
}

// visitor is what the camera said to one way.
type visitor struct {
	known  bool // it was let in
	denied int  // in a row, while known
	until  time.Duration
}

// newDoor is nil where there is no password that could be refused.
func newDoor(now func() time.Duration, start wire.Start) *door {
	if start.Username == "" && start.Password == "" {
		return nil
	}
	return &door{now: now, turn: make(chan struct{}, 1)}
}

// pass lets one sign in, once. A nil pass is of an open door.
type pass struct {
	door *door
	way  way
	turn bool
	once sync.Once
}

// enter waits for its turn to sign in. The error says that the camera refused the
// password lately; it is a *heldError, or that of the context.
func (d *door) enter(ctx context.Context, w way) (*pass, error) {
	if d == nil {
		return nil, nil
	}
	if known, err := d.look(w); known || err != nil {
		return &pass{door: d, way: w}, err
	}
	select {
	case d.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	known, err := d.look(w) // who had the turn before may have changed it
	if known || err != nil {
		<-d.turn
	}
	return &pass{door: d, way: w, turn: !known && err == nil}, err
}

// look says whether a way was let in before, and whether it is held.
func (d *door) look(w way) (known bool, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	v := &d.ways[w]
	if left := v.until - d.now(); left > 0 {
		return v.known, &heldError{left}
	}
	return v.known, nil
}

// end says how it went, once: nil is let in, refused what shows a wrong password, and
// other errors show nothing.
func (p *pass) end(err error, refused bool) {
	if p == nil {
		return
	}
	p.once.Do(func() {
		if err == nil {
			p.door.admitted(p.way)
		} else if refused {
			p.door.refused(p.way)
		}
		if p.turn {
			<-p.door.turn
		}
	})
}

// leave gives the turn back before anybody knows how it went.
func (p *pass) leave() { p.end(errLeft, false) }

var errLeft = errors.New("worker: the sign-in was broken off")

func (d *door) admitted(w way) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ways[w] = visitor{known: true}
}

func (d *door) refused(w way) {
	d.mu.Lock()
	defer d.mu.Unlock()
	v := &d.ways[w]
	v.denied++
	if v.known && w == wayONVIF && v.denied < mostDenied {
		return
	}
	now := d.now()
	*v = visitor{until: now + heldFor + yields}
	for other := range d.ways {
		o := &d.ways[other]
		if w == wayMain {
			o.known = false // the camera's password may be another now
		}
		if !o.known {
			o.until = max(o.until, now+heldFor)
		}
	}
}

// heldError is a sign-in that was not tried: the password was refused lately.
type heldError struct{ left time.Duration }

func (e *heldError) Error() string { return "worker: the camera refused the password lately" }

// Is makes it what it is in ONVIF's words.
func (e *heldError) Is(target error) bool { return target == onvif.ErrNotAuthorized }

// held is the failure for it, of a wait as long as the hold.
func held(err error) (f *failure, ok bool) {
	var h *heldError
	if !errors.As(err, &h) {
		return nil, false
	}
	f = failed(wire.WrongPassword, "The camera refused the user name or password. Lares tries them once a minute, so that it locks nobody out.")
	f.wait = h.left
	return f, true
}
