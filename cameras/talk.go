package cameras

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"lares/cameras/internal/wire"
	"lares/cameras/media"
	"lares/cameras/media/g711"
)

const (
	// MaxSound is the most that Say takes at once, in samples: 60 ms.
	MaxSound = wire.MaxTalkSound
	// mostSaid bounds what waits for the worker, in samples: 80 ms. Older sound is
	// left out; with what waits in the worker, none is 300 ms late.
	mostSaid = 640
	// talkWithin is above what the worker allows itself to reach the camera.
	talkWithin = 15 * time.Second
	// hushWithin is how long the rest of a voice may take.
	hushWithin = 2 * time.Second
)

var (
	// ErrNoTalk is returned for a camera that takes no sound which Lares can make:
	// G.711 of 8 kHz or AAC-LC on a back channel of ONVIF, A-law over DVRIP, or G.711 in
	// the ways of Hikvision and DoorBird.
	ErrNoTalk = errors.New("cameras: the camera takes no voice")
	// ErrTalking is returned while somebody else speaks.
	ErrTalking = errors.New("cameras: somebody else speaks")
)

// TalkError says in plain words why a camera cannot be spoken through now.
type TalkError struct{ Text string }

// Error makes it an error. The text may hold the camera's address.
func (e *TalkError) Error() string { return "cameras: talking: " + e.Text }

// TalkEnd is why a talk ended.
type TalkEnd string

// The ends of a talk.
const (
	TalkClosed  TalkEnd = "closed"   // by Close
	TalkSilent  TalkEnd = "silent"   // nothing was said for 5 s
	TalkTooLong TalkEnd = "too long" // it took 5 minutes
	TalkLost    TalkEnd = "lost"     // the camera or its worker is gone
)

// TakesTalk asks the camera whether it takes a voice: nil if it does. It returns
// ErrNoCamera, ErrNotRunning, ErrNoTalk, ErrTalking (cannot be asked now), a
// *TalkError or the context's error.
func (f *Fleet) TakesTalk(ctx context.Context, id media.CameraID) error {
	t, err := f.begin(ctx, id, true)
	if err != nil {
		return err
	}
	t.c.voices.forget(t.number)
	return nil
}

// Talk lets somebody speak through the camera until Close. Its errors are those
// of TakesTalk; with ErrTalking the camera is taken.
func (f *Fleet) Talk(ctx context.Context, id media.CameraID) (*Talk, error) {
	t, err := f.begin(ctx, id, false)
	if err != nil {
		return nil, err
	}
	t.wake, t.closing, t.done = make(chan struct{}, 1), make(chan struct{}), make(chan struct{})
	go t.run()
	return t, nil
}

// begin asks the camera's worker and waits for its first answer.
func (f *Fleet) begin(ctx context.Context, id media.CameraID, only bool) (*Talk, error) {
	ctx, cancel := context.WithTimeout(ctx, talkWithin)
	defer cancel()
	m := f.minder(id)
	if m == nil {
		return nil, ErrNoCamera
	}
	c := m.currentChild()
	if c == nil || m.private() {
		return nil, ErrNotRunning
	}
	if err := c.ready(ctx); err != nil {
		return nil, err
	}
	t := &Talk{c: c}
	var err error
	if t.number, t.answers, err = c.voices.begin(!only); err != nil {
		return nil, err
	}
	if c.tell(wire.TypeTalk, wire.Talk{Number: t.number, Ask: only}) != nil {
		c.voices.forget(t.number)
		return nil, ErrNotRunning
	}
	if err := t.await(ctx); err != nil {
		// A worker that is ready only now ends as well.
		_ = c.tell(wire.TypeTalkOver, wire.Request{Number: t.number})
		c.voices.forget(t.number)
		return nil, err
	}
	return t, nil
}

// Talk is one voice on its way to a camera. Its methods may be called from any
// goroutine.
type Talk struct {
	c       *child
	number  uint32
	law     g711.Law
	answers <-chan wire.Talked

	wake    chan struct{} // holds one when there is something to say
	closing chan struct{}
	done    chan struct{} // closed when nothing is said any more
	once    sync.Once

	mu      sync.Mutex // guards following
	waiting []byte
	end     TalkEnd
}

// await waits for the worker's first answer.
func (t *Talk) await(ctx context.Context) error {
	select {
	case a := <-t.answers:
		return t.first(a)
	case <-t.c.exited:
		return ErrNotRunning
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return &TalkError{"The camera does not answer."}
		}
		return ctx.Err()
	}
}

func (t *Talk) first(a wire.Talked) error {
	t.law = g711.Mu
	if a.Codec == wire.TalkPCMA {
		t.law = g711.A
	}
	switch {
	case a.State == wire.TalkTakes && a.Codec == "", a.Why == wire.TalkNone:
		return ErrNoTalk
	case a.Why == wire.TalkTaken:
		return ErrTalking
	case a.State == wire.TalkOver:
		return &TalkError{a.Text}
	}
	return nil
}

// Say adds samples of 8 kHz, at most MaxSound. It never blocks: where the worker
// does not keep up, the oldest are left out.
func (t *Talk) Say(samples []int16) {
	samples = samples[:min(len(samples), MaxSound)]
	t.mu.Lock()
	t.waiting = t.law.Append(t.waiting, samples...)
	if late := len(t.waiting) - mostSaid; late > 0 {
		t.waiting = slices.Delete(t.waiting, 0, late)
	}
	t.mu.Unlock()
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// Done is closed when the talk has ended; End says why.
func (t *Talk) Done() <-chan struct{} { return t.done }

// End says why the talk ended; "" before.
func (t *Talk) End() TalkEnd {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.end
}

// Close ends the talk once what waits is said, within two seconds, and returns
// then. Twice is fine.
func (t *Talk) Close() {
	t.once.Do(func() { close(t.closing) })
	<-t.done
}

// run hands on what is said until the talk ends.
func (t *Talk) run() {
	defer close(t.done)
	defer t.c.voices.forget(t.number)
	end := t.carry()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.end = end
}

func (t *Talk) carry() TalkEnd {
	for {
		select {
		case <-t.wake:
			if t.hand() != nil {
				return TalkLost
			}
		case a := <-t.answers:
			return endOf(a)
		case <-t.c.exited:
			return TalkLost
		case <-t.closing:
			return t.hush()
		}
	}
}

// hand tells the worker what waits.
func (t *Talk) hand() error {
	for {
		t.mu.Lock()
		n := min(len(t.waiting), wire.MaxTalkSound)
		body := wire.TalkSound(t.number, t.waiting[:n])
		t.waiting = slices.Delete(t.waiting, 0, n)
		t.mu.Unlock()
		if n == 0 {
			return nil
		}
		if err := t.c.tellBytes(wire.TypeTalkSound, body); err != nil {
			return err
		}
	}
}

// hush says the rest and waits for the worker's end.
func (t *Talk) hush() TalkEnd {
	if t.hand() != nil || t.c.tell(wire.TypeTalkOver, wire.Request{Number: t.number}) != nil {
		return TalkLost
	}
	late := time.NewTimer(hushWithin)
	defer late.Stop()
	select {
	case <-t.answers:
	case <-t.c.exited:
	case <-late.C:
	}
	return TalkClosed
}

func endOf(a wire.Talked) TalkEnd {
	switch a.Why {
	case wire.TalkSilent:
		return TalkSilent
	case wire.TalkTooLong:
		return TalkTooLong
	}
	return TalkLost
}
