package live

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"lares/cameras/clock"
	"lares/cameras/media"
	"lares/hub/gate"
)

const (
	// retryEvery is how long a watch waits for a camera that delivers nothing.
	retryEvery = 500 * time.Millisecond
	// keyTimeout is how long somebody who is admitted waits for a run with a
	// key of theirs: a new grant is good from the next epoch's run on.
	keyTimeout = 12 * time.Second
)

// watch is one tile: a camera's stream on its way to one viewer.
type watch struct {
	socket *socket
	number uint32
	camera media.CameraID
	stream media.StreamID

	ctx    context.Context
	cancel context.CancelCauseFunc
	done   chan struct{} // closed when its goroutine is gone
	audio  atomic.Bool   // whether sound is granted, by the last answer of the gate
	// keyless is since when no run opens; its goroutine's own.
	keyless time.Time

	mu      sync.Mutex         // guards the fields below, and that nothing follows "ended"
	restart context.CancelFunc // of the present attempt; nil before the first
	told    answer             // the state told last
	ended   bool
}

// stopped is why a watch was told to stop; its text goes to the client.
type stopped string

// Error makes it a cause.
func (r stopped) Error() string { return "live: " + string(r) }

func newWatch(ctx context.Context, k *socket, r request) *watch {
	w := &watch{socket: k, number: r.Watch, camera: *r.Camera, stream: r.stream(), done: make(chan struct{})}
	w.ctx, w.cancel = context.WithCancelCause(ctx)
	return w
}

// stop tells the watch to end; it does not wait.
func (w *watch) stop(reason string) { w.cancel(stopped(reason)) }

// ask asks the gate whether the caller may still watch and hear.
func (w *watch) ask(ctx context.Context) {
	if w.ctx.Err() != nil {
		return
	}
	g, caller := w.socket.sockets.cfg.Gate, w.socket.viewer.Caller
	if _, err := g.Admit(ctx, caller, w.camera, gate.Live); err != nil {
		w.stop(reasonOf(err))
		return
	}
	_, err := g.Admit(ctx, caller, w.camera, gate.Audio)
	if heard := err == nil; w.audio.Swap(heard) != heard {
		w.again()
	}
}

// again starts the present attempt anew.
func (w *watch) again() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.restart != nil {
		w.restart()
	}
}

// reasonOf fails closed: what is not a clear No is doubt. A crossed wire, which
// the gate has counted, looks like a No.
func reasonOf(err error) string {
	if errors.Is(err, gate.ErrNotFound) || errors.Is(err, gate.ErrCrossed) {
		return reasonNotFound
	}
	if errors.Is(err, gate.ErrLockdown) {
		return reasonLockdown
	}
	return reasonUnavailable
}

// run shows the camera until the watch is stopped, refused or its socket ends.
func (w *watch) run() {
	defer close(w.done)
	defer w.cancel(nil)
	reason := w.show()
	w.socket.forget(w)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended = true
	// A socket that cannot take it has ended itself.
	_ = w.socket.out.text(answer{Watch: w.number, Type: "ended", Reason: reason})
}

func (w *watch) show() (reason string) {
	asking, cancel := gate.Question(w.ctx)
	w.ask(asking)
	cancel()
	if errors.Is(context.Cause(w.ctx), stopped(reasonNotFound)) {
		w.socket.sockets.cfg.Gate.Denied(w.socket.viewer.Caller, w.camera)
	}
	for w.ctx.Err() == nil {
		err := w.attempt()
		switch {
		case w.ctx.Err() != nil:
		case errors.Is(err, gate.ErrNotFound), errors.Is(err, gate.ErrCrossed), errors.Is(err, gate.ErrLockdown), errors.Is(err, gate.ErrUnavailable):
			return reasonOf(err)
		case errors.Is(err, errNoKey) && w.keylessFor(keyTimeout):
			return reasonNotFound
		case errors.Is(err, context.Canceled): // told to start anew
		default:
			w.socket.sockets.cfg.Log.Debug("live: no stream", "camera", w.camera, "err", err)
			clock.Pause(w.ctx, retryEvery)
		}
	}
	var s stopped
	if errors.As(context.Cause(w.ctx), &s) {
		return string(s)
	}
	return reasonStopped
}

// keylessFor reports whether no run has opened for so long.
func (w *watch) keylessFor(d time.Duration) bool {
	now := w.socket.sockets.cfg.Clock.Now()
	if w.keyless.IsZero() {
		w.keyless = now
	}
	return now.Sub(w.keyless) > d
}

// attempt shows the camera from one opening of its stream to the first error.
func (w *watch) attempt() error {
	ctx, cancel := context.WithCancel(w.ctx)
	defer cancel()
	w.mu.Lock()
	w.restart = cancel
	w.mu.Unlock()
	asking, answered := gate.Question(ctx)
	_, err := w.socket.sockets.cfg.Gate.Admit(asking, w.socket.viewer.Caller, w.camera, gate.Live)
	answered()
	if err != nil {
		return err
	}
	if err := w.tellState(); err != nil {
		return err
	}
	reader, err := w.open()
	if err != nil {
		return err
	}
	defer reader.Close()
	f := &film{watch: w, sound: w.audio.Load()}
	defer f.end()
	for {
		u, err := reader.Next(ctx)
		switch {
		case errors.Is(err, media.ErrLagging):
			f.cut()
		case err != nil:
			return err
		default:
			if err := f.show(ctx, u); err != nil {
				return err
			}
		}
	}
}

// open starts at the newest IDR. A camera without a sub stream shows its main
// stream in the grid too.
func (w *watch) open() (media.Reader, error) {
	r, err := w.socket.sockets.cfg.Fleet.Read(w.camera, w.stream, 0)
	if errors.Is(err, media.ErrNoStream) && w.stream == media.StreamSub {
		return w.socket.sockets.cfg.Fleet.Read(w.camera, media.StreamMain, 0)
	}
	return r, err
}

// lateAfter is when a picture is told as late, again and again, so that the
// tile can show its age.
const lateAfter = 2 * time.Second

// tellState tells the camera's state if it is another than told before, or if
// the picture is late. The error is the socket's end.
func (w *watch) tellState() error {
	s, known := w.socket.sockets.cfg.Fleet.Status(w.camera)
	now := stateNote(w.number, s, known)
	late := known && w.socket.sockets.cfg.Clock.Now().Sub(s.LastVideo) > lateAfter
	w.mu.Lock()
	defer w.mu.Unlock()
	before := w.told
	if !late {
		before.LastPicture = now.LastPicture
	}
	if w.ended || w.restart == nil || now.same(before) {
		return nil
	}
	w.told = now
	return w.socket.out.text(now)
}
