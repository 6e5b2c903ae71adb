package cameras

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"lares/cameras/clock"
	"lares/cameras/fault"
	"lares/cameras/internal/fanout"
	"lares/cameras/media"
	"lares/cameras/seal"
)

// firstApart spaces the first attempts after a start of the hub (DESIGN §3).
const firstApart = 50 * time.Millisecond

// Fleet supervises one worker per desired camera. Its methods are safe for
// concurrent use.
type Fleet struct {
	cfg     Config
	waiting *fanout.Budget // of what waits for the recorder

	mu      sync.Mutex // guards following
	minders map[media.CameraID]*minder
	ctx     context.Context // of Run; nil before
	next    time.Time       // when the next first attempt may go out

	wg sync.WaitGroup // minders
}

// New makes a Fleet without cameras; Run sets it going.
func New(cfg Config) *Fleet {
	if cfg.RunStarted == nil {
		cfg.RunStarted = func(seal.Run, func() *seal.Opener) {}
	}
	if cfg.Learned == nil {
		cfg.Learned = func(context.Context, media.CameraID, Pin) error { return nil }
	}
	if cfg.Unpinned == nil {
		cfg.Unpinned = func(context.Context, media.CameraID) error { return nil }
	}
	if cfg.DigestOffered == nil {
		cfg.DigestOffered = func(context.Context, media.CameraID, media.StreamID) error { return nil }
	}
	if cfg.Seen == nil {
		cfg.Seen = func(context.Context, media.CameraID, string) error { return nil }
	}
	if cfg.Noticed == nil {
		cfg.Noticed = func(Noticed) {}
	}
	if cfg.Shown == nil {
		cfg.Shown = func(Shown) {}
	}
	if cfg.Crossed == nil {
		cfg.Crossed = func(fault.Site, media.CameraID) {}
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Fleet{cfg: cfg, waiting: fanout.NewBudget(fanout.MaxWaiting), minders: map[media.CameraID]*minder{}}
}

// Run keeps a worker alive for every desired camera until the context ends. It
// returns nil when every child and goroutine is gone. Call it once.
func (f *Fleet) Run(ctx context.Context) error {
	f.mu.Lock()
	f.ctx = ctx
	for _, m := range f.minders {
		f.launch(m)
	}
	f.mu.Unlock()
	<-ctx.Done()
	// launch starts nothing once the context has ended, and this waits for one
	// that began before.
	f.mu.Lock()
	left := slices.Collect(maps.Values(f.minders))
	f.mu.Unlock()
	f.wg.Wait()
	for _, m := range left {
		m.close()
	}
	return nil
}

// launch starts a minder's goroutine; f.mu is held.
func (f *Fleet) launch(m *minder) {
	if f.ctx == nil || f.ctx.Err() != nil {
		return
	}
	ctx, cancel := context.WithCancel(f.ctx)
	m.cancel = cancel
	f.wg.Go(func() {
		defer cancel()
		m.run(ctx)
	})
}

// slot waits for a camera's turn to make its first attempt.
func (f *Fleet) slot(ctx context.Context) {
	f.mu.Lock()
	now := f.cfg.Clock.Now()
	if f.next.Before(now) {
		f.next = now
	}
	wait := f.next.Sub(now)
	f.next = f.next.Add(firstApart)
	f.mu.Unlock()
	clock.Pause(ctx, wait)
}

// Set adds a camera or changes it. A changed Access restarts its worker.
func (f *Fleet) Set(c Camera) {
	if c.Access.Camera.IsZero() {
		c.Access.Camera = c.ID
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if m := f.minders[c.ID]; m != nil {
		m.set(c)
		return
	}
	m := newMinder(f, c)
	f.minders[c.ID] = m
	f.launch(m)
}

// Remove ends a camera's worker and its readers. It does not wait for them.
func (f *Fleet) Remove(id media.CameraID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	m := f.minders[id]
	if m == nil {
		return
	}
	delete(f.minders, id)
	if m.cancel != nil {
		m.cancel()
	}
	m.close()
}

// minder is who minds a camera; nil if the Fleet does not have it. An order or a
// voice is protected by nothing behind this, so that it is compared here.
func (f *Fleet) minder(id media.CameraID) *minder {
	f.mu.Lock()
	m := f.minders[id]
	f.mu.Unlock()
	if fault.On && m != nil {
		m = fault.Swap(fault.CameraWorker, id.String(), m)
	}
	if m != nil && m.id != id {
		f.cfg.Crossed(fault.CameraWorker, id)
		return nil
	}
	return m
}

// Status tells how a camera is; ok is false for one the Fleet does not have.
func (f *Fleet) Status(id media.CameraID) (s Status, ok bool) {
	m := f.minder(id)
	if m == nil {
		return Status{}, false
	}
	return m.statusNow(f.cfg.Clock.Now()), true
}

// Statuses tells how all cameras are.
func (f *Fleet) Statuses() map[media.CameraID]Status {
	f.mu.Lock()
	minders := maps.Clone(f.minders)
	f.mu.Unlock()
	now, all := f.cfg.Clock.Now(), make(map[media.CameraID]Status, len(minders))
	for id, m := range minders {
		if m.id == id {
			all[id] = m.statusNow(now)
		}
	}
	return all
}

// CurrentRun is the run under which the camera's worker seals now.
func (f *Fleet) CurrentRun(id media.CameraID) (r seal.Run, ok bool) {
	m := f.minder(id)
	if m == nil {
		return seal.Run{}, false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.runs) == 0 {
		return seal.Run{}, false
	}
	return m.runs[len(m.runs)-1], true
}

// RunOf finds one of the camera's last runs, for a reader that still holds
// units from before a change.
func (f *Fleet) RunOf(id media.CameraID, run media.RunID) (r seal.Run, ok bool) {
	m := f.minder(id)
	if m == nil {
		return seal.Run{}, false
	}
	// Pending first: a run that is confirmed between the two looks is found by
	// the second.
	if c := m.currentChild(); c != nil {
		if r, ok := c.pendingRun(run); ok {
			return r, true
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	i := slices.IndexFunc(m.runs, func(r seal.Run) bool { return r.ID == run })
	if i < 0 {
		return seal.Run{}, false
	}
	return m.runs[i], true
}

// Read starts a reader at an IDR (ITU-T H.264 §3.69): with preRoll at the
// newest one at least that old, or the oldest kept; without at the newest of
// the current run; where there is none, at the next. What it delivers first is
// the UnitConfig valid there, and another one comes before media after each
// change of configuration or run. A reader outlives restarts of the worker and
// ends with the camera's removal. It returns ErrNoCamera or media.ErrNoStream.
func (f *Fleet) Read(id media.CameraID, s media.StreamID, preRoll time.Duration) (media.Reader, error) {
	m := f.minder(id)
	if m == nil {
		return nil, ErrNoCamera
	}
	if fault.On {
		m = fault.Swap(fault.FanOut, id.String(), m)
	}
	stream := m.fanout(s)
	if stream == nil {
		return nil, media.ErrNoStream
	}
	r, err := stream.Read(preRoll, f.cfg.Clock.Now())
	if err != nil {
		return nil, ErrNoCamera
	}
	if r.Camera() != id {
		r.Close()
		f.cfg.Crossed(fault.FanOut, id)
		return nil, media.ErrNoStream
	}
	return r, nil
}

// Newest is when the newest picture of a stream came with which, or behind which, a reader could
// begin now; zero without one. It returns ErrNoCamera or media.ErrNoStream.
func (f *Fleet) Newest(id media.CameraID, s media.StreamID) (at time.Time, err error) {
	m := f.minder(id)
	if m == nil {
		return at, ErrNoCamera
	}
	stream := m.fanout(s)
	if stream == nil {
		return at, media.ErrNoStream
	}
	return stream.Newest(), nil
}

// Snapshot asks the camera for a picture and returns it sealed (UnitSnapshot).
// It returns ErrNoCamera, ErrNotRunning, ErrNoSnapshot or the context's error.
func (f *Fleet) Snapshot(ctx context.Context, id media.CameraID) (media.Unit, error) {
	m := f.minder(id)
	if m == nil {
		return media.Unit{}, ErrNoCamera
	}
	c := m.currentChild()
	if c == nil {
		return media.Unit{}, ErrNotRunning
	}
	return c.snapshot(ctx)
}

// Frame asks for a small picture (UnitSnapshot) of the first that stands alone of those that
// came at some time or later: one of the last seconds, or the next one. It says when that
// came. Only the last that was asked for is waited for. A large picture comes with it if one is
// wanted. Errors are those of Snapshot; ErrNoSnapshot for a camera whose pictures are not drawn.
func (f *Fleet) Frame(ctx context.Context, id media.CameraID, since time.Time, large bool) (at time.Time, u media.Unit, err error) {
	m := f.minder(id)
	if m == nil {
		return at, u, ErrNoCamera
	}
	c := m.currentChild()
	if c == nil {
		return at, u, ErrNotRunning
	}
	return c.frame(ctx, since, large)
}
