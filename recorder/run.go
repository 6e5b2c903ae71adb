package recorder

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/recorder/internal/pool"
)

// Recorder records the cameras it was told to watch. All methods are safe for
// concurrent use; Run is called once.
type Recorder struct {
	config  Config
	disks   []*disk // the first pool's first
	queue   *queue
	ready   chan struct{}
	room    chan struct{}  // asks to look at what is to stay
	bytes   tally          // of all listed clips
	news    atomic.Bool    // Reconsider was called
	errands sync.WaitGroup // what is done on disks alone
	// counted is closed when all clips of before are in bytes.
	counted chan struct{}

	// tidy is held by who looks at what is to stay, before mu
	tidy   sync.Mutex
	keeper keeper // guarded by tidy
	ages   aging

	mu      sync.Mutex // guards following
	ran     bool       // Run was called
	ctx     context.Context
	loops   sync.WaitGroup
	cameras map[media.CameraID]*camera
	places  map[media.CameraID]int // the pool that they are recorded to; 0 is left out
	ending  map[media.CameraID][]<-chan struct{}
	covers  map[media.CameraID]*coverage
	broken  map[media.CameraID]broken    // what the stop before left missing, until it is settled
	resumes bool                         // all of that is in there
	noted   noticed                      // what was noted last as due
	began   time.Time                    // when it was made
	lastly  map[media.CameraID]time.Time // up to when cameras were recorded before that
	missed  map[media.CameraID]time.Time // likewise, up to when there were gaps that are over
	dates   dates
	tapes   map[tapeName]*tape
	open    map[media.ClipID]struct{} // being written, or waiting for repair
	born    map[media.ClipID]struct{} // made since start, until all pools are scanned
	strange bool                      // clips are listed that lie in a pool that the configuration has no more
	found   Health                    // Unknown, Foreign, Damaged, Spot
	index   string
}

// New checks the configuration. It asks no disk for anything.
func New(c Config) (*Recorder, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	r := &Recorder{
		config: c.defaults(), places: map[media.CameraID]int{}, ending: map[media.CameraID][]<-chan struct{}{},
		ready: make(chan struct{}), counted: make(chan struct{}), room: make(chan struct{}, 1),
		cameras: map[media.CameraID]*camera{}, covers: map[media.CameraID]*coverage{}, broken: map[media.CameraID]broken{},
		tapes: map[tapeName]*tape{}, open: map[media.ClipID]struct{}{}, born: map[media.ClipID]struct{}{},
		began: c.Clock.Now(),
	}
	r.dates.began = r.began
	r.queue = newQueue(r.config.Index, c.Log, c.Clock, r.indexProblem)
	for _, p := range c.Pools {
		r.disks = append(r.disks, r.newDisk(p, pool.Find(p.Dir, p.ID)))
	}
	return r, nil
}

// Run repairs what a crash left open, records, and removes what is not to stay, until
// ctx ends; then it ends the open clips, hands their rows to the index, and
// returns when all goroutines have.
func (r *Recorder) Run(ctx context.Context) error {
	r.mu.Lock()
	ran := r.ran
	r.ran = true
	r.mu.Unlock()
	if ran {
		return errors.New("recorder: already running")
	}
	stopQueue := make(chan struct{})
	var queue, keep sync.WaitGroup
	queue.Go(func() { r.queue.run(stopQueue) })
	for _, d := range r.disks {
		keep.Go(func() { d.watch(ctx) })
	}
	r.lookAround()
	r.lookBack(ctx)
	r.mu.Lock()
	r.ctx = ctx
	for _, c := range r.cameras {
		r.start(c)
	}
	r.mu.Unlock()
	for _, d := range r.disks {
		keep.Go(func() { d.probe(ctx) })
	}
	keep.Go(func() { r.scan(ctx) })
	keep.Go(func() { r.keep(ctx) })
	keep.Go(func() { r.spotCheck(ctx) })
	keep.Go(func() { r.watchGaps(ctx) })
	<-ctx.Done()
	keep.Wait()
	r.loops.Wait()
	r.errands.Wait()
	r.stopGaps()
	for _, d := range r.disks {
		d.mendTorn()
	}
	close(stopQueue)
	queue.Wait()
	var closing error
	for _, d := range r.disks {
		d.sweep()
		closing = errors.Join(closing, d.pool.Close())
	}
	return closing
}

// lookAround waits until each pool was looked at, but not for long: no camera's first file is
// refused for want of a look, and no disk holds up a start.
func (r *Recorder) lookAround() {
	timer := time.NewTimer(diskWaits)
	defer timer.Stop()
	for _, d := range r.disks {
		select {
		case <-d.looked:
		case <-timer.C:
			return
		}
	}
}

// Ready is closed when what a crash left open is repaired, and what follows of that for gaps
// and events waits for the index. Recording does not wait for it.
func (r *Recorder) Ready() <-chan struct{} { return r.ready }

// AddRun gives a new run with what makes its openers, each of which one loop from then on
// uses alone. They are kept for as long as units of the run may still come, so that a
// pre-roll opens however many runs it holds, and each is sealed to the store key
// of its own epoch. Cameras that are not watched keep none.
func (r *Recorder) AddRun(run seal.Run, opener func() *seal.Opener) {
	if c := r.camera(run.Camera); c != nil {
		for _, c := range c.loops() {
			c.addRun(run, opener())
		}
	}
}

// Trigger starts an event at a watched camera, or merges into the one going
// on, and returns its id: zero for the end of a state without an event, and for what
// begins none now (Arm). It does not block on disk, camera or index. It returns ErrNotWatched or ErrKind.
func (r *Recorder) Trigger(id media.CameraID, t Trigger) (media.EventID, error) {
	if !t.Kind.Valid() {
		return media.EventID{}, ErrKind
	}
	c := r.camera(id)
	if c == nil {
		return media.EventID{}, ErrNotWatched
	}
	return c.trigger(t), nil
}

// makes says that a clip is being made.
func (r *Recorder) makes(clip media.ClipID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.open[clip] = struct{}{}
	if r.born != nil {
		r.born[clip] = struct{}{}
	}
}

// setOpen says that a clip waits for repair.
func (r *Recorder) setOpen(clip media.ClipID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.open[clip] = struct{}{}
}

func (r *Recorder) clearOpen(clip media.ClipID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.open, clip)
}

func (r *Recorder) isOpen(clip media.ClipID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, ok := r.open[clip]
	return ok
}

// keepPeriod is how often the keeper looks at torn files, at what is to stay and at
// openers.
const keepPeriod = time.Second

// keep mends torn files and removes what is not to stay until ctx ends.
func (r *Recorder) keep(ctx context.Context) {
	ticker := time.NewTicker(keepPeriod)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-r.room:
		case <-ctx.Done():
			return
		}
		r.forget()
		r.tidy.Lock()
		r.mend(ctx)
		r.retain(ctx)
		r.tidy.Unlock()
	}
}

// mend has put in order on each disk what waits there: torn files, litter, and what was to be
// done while it was away.
func (r *Recorder) mend(ctx context.Context) {
	for _, d := range r.disks {
		if !d.waits() {
			continue
		}
		if err := d.within(ctx, d.mend); err != nil && ctx.Err() == nil && !errors.Is(err, errSlow) {
			r.config.Log.Error("putting a media pool in order", "pool", d.Name, "error", err)
		}
	}
}

// enforce asks the keeper to look at what is to stay now.
func (r *Recorder) enforce() {
	select {
	case r.room <- struct{}{}:
	default:
	}
}
