package detector

import (
	"context"
	"log/slog"
	"slices"
	"sync"

	"lares/cameras/clock"
	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/recorder"
)

const (
	// mostRuns is of how many runs of a camera there are openers: the new one, and the
	// one before, whose pictures may still be on their way.
	mostRuns = 2
	// maxPicture bounds a picture that is shown to a detector, in bytes: a camera's own
	// of eight megapixels is 2 MiB.
	maxPicture = 4 << 20
)

// Target is where pictures of a camera may go now.
type Target struct {
	Camera media.CameraID
	Lane   Lane
	Settings
}

// Config is what an Asker needs; all fields are required.
type Config struct {
	Clock clock.Clock
	Log   *slog.Logger
	// Here says that a detector may be on this machine itself.
	Here bool
	// Target says where a picture of so many bytes of a camera may go, now; an error is
	// nowhere. It is asked before each picture is opened.
	Target func(ctx context.Context, id media.CameraID, bytes int) (Target, error)
	// Found receives what counts of an answer. It must not block.
	Found func(recorder.Recognised)
	// Crossed hears that something of another camera was found and refused.
	Crossed func(site fault.Site, id media.CameraID)
}

// Asker asks detectors about pictures of the cameras that have one. Its methods are safe
// for concurrent use and do not block.
type Asker struct {
	cfg Config

	mu      sync.Mutex // guards following
	ctx     context.Context
	cameras map[media.CameraID]*watched
	lanes   map[Lane]*lane
	asking  sync.WaitGroup
}

// watched is a camera whose owner set a detector; Asker.mu guards it.
type watched struct {
	id    media.CameraID
	lane  *lane
	runs  []*run        // newest last
	event media.EventID // of the newest picture
	asked int           // about it
}

// run is what opens the units of one run. One lane uses it at a time, and mu keeps it so
// where a camera's detector changes meanwhile.
type run struct {
	id     media.RunID
	mu     sync.Mutex // guards opener
	opener *seal.Opener
}

// New makes an Asker that asks nobody; Run sets it going.
func New(c Config) *Asker {
	return &Asker{cfg: c, cameras: map[media.CameraID]*watched{}, lanes: map[Lane]*lane{}}
}

// Run lets questions go out until ctx ends, and returns when none is under way.
func (a *Asker) Run(ctx context.Context) error {
	a.mu.Lock()
	a.ctx = ctx
	a.mu.Unlock()
	<-ctx.Done()
	a.mu.Lock()
	a.ctx = nil
	a.mu.Unlock()
	a.asking.Wait()
	return nil
}

// Set says in which lane a camera's pictures go; "" none: what is kept of it goes, and
// what waits. It reports whether pictures can be opened only from the camera's next run
// on.
func (a *Asker) Set(id media.CameraID, to Lane) (lacksRun bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	w := a.cameras[id]
	if w != nil && w.lane.name != to {
		w.lane.drop(id)
		delete(w.lane.cameras, id)
		a.tidy(w.lane)
	}
	if to == "" {
		delete(a.cameras, id)
		return false
	}
	l := a.lanes[to]
	if l == nil {
		l = &lane{name: to, cameras: map[media.CameraID]bool{}}
		a.lanes[to] = l
	}
	l.cameras[id] = true
	if w == nil {
		w = &watched{id: id}
		a.cameras[id] = w
	}
	w.lane = l
	return len(w.runs) == 0
}

// tidy lets go of a lane that nobody uses; a.mu is held.
func (a *Asker) tidy(l *lane) {
	if len(l.cameras) == 0 && !l.busy {
		delete(a.lanes, l.name)
	}
}

// AddRun gives a new run of a camera, of which one opener is made if the camera has a
// detector.
func (a *Asker) AddRun(r seal.Run, opener func() *seal.Opener) {
	a.mu.Lock()
	defer a.mu.Unlock()
	w := a.cameras[r.Camera]
	if w == nil {
		return
	}
	w.runs = append(w.runs, &run{id: r.ID, opener: opener()})
	if n := len(w.runs) - mostRuns; n > 0 {
		w.runs = slices.Delete(w.runs, 0, n)
	}
}

// Pictured takes a picture of an event, and asks about it if the camera has a detector.
func (a *Asker) Pictured(p recorder.Picture) {
	a.mu.Lock()
	defer a.mu.Unlock()
	w := a.cameras[p.Camera]
	if w == nil || a.ctx == nil || len(p.Unit.Sealed) > maxPicture {
		return
	}
	now := a.cfg.Clock.Now()
	if p.Event != w.event {
		w.event, w.asked = p.Event, 0
	}
	if w.asked >= perEvent || w.lane.closed(now) {
		return
	}
	w.lane.put(question{p, now})
	if l := w.lane; !l.busy {
		l.busy = true
		ctx := a.ctx
		a.asking.Go(func() { a.serve(ctx, l) })
	}
}

// Status is how a camera's detector answers; false for one that has none.
func (a *Asker) Status(id media.CameraID) (Status, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	w := a.cameras[id]
	if w == nil {
		return Status{}, false
	}
	return w.lane.status, true
}

// serve asks about what waits in a lane, one picture after the other.
func (a *Asker) serve(ctx context.Context, l *lane) {
	for {
		a.mu.Lock()
		q, ok := l.next(a.cfg.Clock.Now())
		if !ok || ctx.Err() != nil {
			l.busy = false
			a.tidy(l)
			a.mu.Unlock()
			return
		}
		asking, stop := context.WithCancel(ctx)
		l.asks, l.stop = q.Camera, stop
		a.mu.Unlock()
		a.answer(asking, l, q)
		stop()
		a.mu.Lock()
		l.asks, l.stop = media.CameraID{}, nil
		a.mu.Unlock()
	}
}
