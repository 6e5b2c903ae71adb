package recorder

import (
	"context"
	"errors"
	"io/fs"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"lares/recorder/internal/pool"
)

const (
	// lookEvery is how often it is looked whether a pool is there.
	lookEvery = time.Second
	// slowDisk is how long a disk may hold up a write, or a look, until nobody is sent there
	// who can do without, and slowFor how long it is called slow after a write that took too
	// long.
	slowDisk = 4 * time.Second
	slowFor  = 10 * time.Second
	// diskWaits is how long who works for all pools waits for one.
	diskWaits = 2 * time.Second
	// restsFor is how long nothing is removed from a pool after that failed.
	restsFor = 10 * time.Second
)

// disk is a media pool as it is recorded to. Whoever works on one keeps away from the others:
// a disk may hold up whoever asks it for anything, for as long as it likes.
type disk struct {
	Pool
	r      *Recorder
	pool   *pool.Pool
	load   *load                       // of what is written there
	looked chan struct{}               // closed after the first look
	space  func(pool.Space) pool.Space // of tests: what they make of what is found; or nil

	// tidy is held by who removes clips or mends torn ones.
	tidy lock
	// busy says that somebody who works for all pools has left something to be done here.
	busy chan struct{}

	// What is written to it while nobody records there (probe.go).
	probes *writes
	kept   atomic.Bool // a clip was synced since the last look at it

	// The keeper's, under Recorder.tidy.
	whole  int64 // what was free and what clips took, before the last removal for the disk's sake
	gone   int64 // what went then
	freeBy time.Time
	rests  time.Time // until then nothing is removed

	mu      sync.Mutex // guards following
	found   pool.Space // at the last look
	used    int64      // by all listed clips in it then
	away    error      // why it is not there; nil where it is
	untried error      // why it does not take what is written to it, by the test when it was taken
	failed  error      // the outcome of the newest write
	faults  int        // how many of them failed
	probed  error      // why it does not take a probe, or did not; nil once it takes anything
	looking time.Time  // when the look under way began; zero without one
	torn    []*part    // to be abandoned when the disk has space
	litter  []litter   // to be removed
	broken  []ClipRow  // to be repaired when it is back
	back    bool       // it is, or can be written again, and nobody has looked at what waited for that
	trouble PoolTrouble
	since   time.Time // of the trouble
}

// lock is a mutex that one may stop waiting for.
type lock chan struct{}

func (l lock) hold(ctx context.Context) error {
	select {
	case l <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l lock) release() { <-l }

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func (r *Recorder) newDisk(p Pool, at *pool.Pool) *disk {
	return &disk{Pool: p, r: r, pool: at, load: newLoad(r.config.Clock), probes: &writes{clock: r.config.Clock}, looked: make(chan struct{}), tidy: make(lock, 1), busy: make(chan struct{}, 1)}
}

// watch looks whether the pool is there, until ctx ends.
func (d *disk) watch(ctx context.Context) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for first := true; ; first = false {
		d.look()
		if first {
			close(d.looked)
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// look looks once. A pool that is back is put in order before anybody records to it.
func (d *disk) look() {
	clock := d.r.config.Clock
	d.mu.Lock()
	d.looking = clock.Now()
	d.mu.Unlock()
	was, first := d.pool.There(), !isClosed(d.looked)
	found, err := d.pool.Look()
	if d.space != nil {
		found = d.space(found)
	}
	now, used := clock.Now(), d.r.bytes.in(d.Number)
	d.mu.Lock()
	d.looking, d.away, d.untried = time.Time{}, nil, nil
	if errors.Is(err, ErrAway) {
		d.away, d.failed, d.probed = err, nil, nil
	} else {
		d.back = d.back || !first && (!was || d.found.ReadOnly && !found.ReadOnly)
		d.found, d.used, d.untried = found, used, err
	}
	d.mu.Unlock()
	if there := d.pool.There(); there != was || first && !there {
		d.tell(found.Network, err)
	}
	d.state(now)
}

// room asks the disk for free space.
func (d *disk) room() (free, total int64, err error) {
	s, err := d.pool.Space()
	if err == nil && d.space != nil {
		s = d.space(s)
	}
	return s.Free, s.Total, err
}

// scarce says whether what is free is to stay so. It asks the disk only where that was near at
// the last look.
func (d *disk) scarce() bool {
	d.mu.Lock()
	near := d.found.Total > 0 && d.found.Free < 4*startSpace
	d.mu.Unlock()
	if !near {
		return false
	}
	free, _, err := d.room()
	return err == nil && free < leastSpace
}

// measure notes how much is free, for all pools on the disk.
func (d *disk) measure() {
	free, total, err := d.room()
	if err != nil {
		return
	}
	for _, o := range d.sharing(d.r.disks) {
		used := d.r.bytes.in(o.Number)
		o.mu.Lock()
		o.found.Free, o.found.Total, o.used = free, total, used
		o.mu.Unlock()
	}
}

// sharing are those of some pools that are on the same file system, this one among them.
func (d *disk) sharing(among []*disk) (list []*disk) {
	device := d.device()
	for _, o := range among {
		if o == d || device != 0 && o.device() == device {
			list = append(list, o)
		}
	}
	return list
}

// device is the number of the file system that it is on, 0 while nobody has looked.
func (d *disk) device() uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.found.Device
}

// tell says in the log that the pool is there now, or is not.
func (d *disk) tell(network string, err error) {
	log := d.r.config.Log.With("pool", d.Name, "folder", d.Dir)
	if err != nil && errors.Is(err, ErrAway) {
		log.Error("the media pool is not there: nothing is recorded to it until it is back; nothing is made in its place meanwhile", "lost", d.IfLost, "marker", d.ID.String(), "error", err)
		return
	}
	log.Info("the media pool is there")
	if network != "" {
		log.Warn("the media pool is on a network file system: while the other side is away nothing is recorded to it, and what it lost in a power cut cannot be known", "kind", network)
	}
}

// state says how the pool does. It asks nobody.
func (d *disk) state(now time.Time) PoolState {
	slow := d.held(now) > slowDisk || d.slow(now)
	d.mu.Lock()
	defer d.mu.Unlock()
	trouble := PoolTrouble("")
	switch {
	case d.away != nil:
		trouble = PoolMissing
	case d.found.ReadOnly:
		trouble = PoolReadOnly
	case slow:
		trouble = PoolSlow
	case isFull(d.untried), isFull(d.failed), isFull(d.probed), d.found.Total > 0 && d.found.Free < startSpace:
		trouble = PoolFull
	case d.untried != nil, d.failed != nil, d.probed != nil:
		trouble = PoolFails
	}
	if trouble != d.trouble {
		d.trouble, d.since = trouble, now
		if trouble == "" {
			d.since = time.Time{}
		}
	}
	return PoolState{
		Number: d.Number, Name: d.Name, Network: d.found.Network, Device: d.found.Device, Used: d.r.bytes.in(d.Number),
		Free: d.found.Free, Floor: floor(d.found.Total), Trouble: trouble, Since: d.since,
	}
}

// slow says whether what is written waits for the disk too long, or did a moment ago.
func (d *disk) slow(now time.Time) bool {
	if d.probes.stuck(now) || d.probes.slowSince(now.Add(-slowFor)) {
		return true
	}
	d.r.mu.Lock()
	defer d.r.mu.Unlock()
	for _, c := range d.r.all() {
		if d.r.diskIn(c.id) == d && (c.writes.stuck(now) || c.writes.slowSince(now.Add(-slowFor))) {
			return true
		}
	}
	return false
}

// held is for how long the disk has not answered who asks it.
func (d *disk) held(now time.Time) (most time.Duration) {
	most = d.probes.waits(now)
	d.r.mu.Lock()
	for _, c := range d.r.all() {
		if d.r.diskIn(c.id) == d {
			most = max(most, c.writes.waits(now))
		}
	}
	d.r.mu.Unlock()
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.looking.IsZero() {
		most = max(most, now.Sub(d.looking))
	}
	return most
}

// outcome stores the outcome of the newest write.
func (d *disk) outcome(err error) {
	if errors.Is(err, ErrAway) {
		return // the next look says it
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.failed = err; err != nil {
		d.faults++
	}
}

// takes is why nothing can be recorded to the pool now, as far as is known without asking it.
func (d *disk) takes() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.away != nil:
		return d.away
	case d.found.ReadOnly:
		return errReadOnly
	}
	return d.untried
}

// gives says whether clips may be removed now without anybody else waiting for the disk.
func (d *disk) gives(now time.Time) bool {
	held := d.held(now) > slowDisk
	d.mu.Lock()
	defer d.mu.Unlock()
	// Before the first look nobody knows how much is free there.
	return isClosed(d.looked) && d.away == nil && !d.found.ReadOnly && !held && len(d.busy) == 0 && !now.Before(d.rests)
}

// errReadOnly says that a pool is mounted for reading alone.
var errReadOnly = &fs.PathError{Op: "write", Path: "media pool", Err: syscall.EROFS}

// errSlow says that a disk does not answer in time.
var errSlow = errors.New("recorder: the disk does not answer in time")

// within does something on the disk, for which nobody waits longer than diskWaits: it goes on
// alone then, and until it has ended nothing else is done in this way.
func (d *disk) within(ctx context.Context, do func(context.Context) error) error {
	select {
	case d.busy <- struct{}{}:
	default:
		return errSlow
	}
	done := make(chan error, 1)
	d.r.errands.Go(func() {
		err := d.tidy.hold(d.r.ctx)
		if err == nil {
			err = do(ctx)
			d.tidy.release()
		}
		<-d.busy // before anybody knows: the next one follows at once
		done <- err
	})
	timer := time.NewTimer(diskWaits)
	defer timer.Stop()
	select {
	case err := <-done:
		return err
	case <-timer.C:
		return errSlow
	case <-ctx.Done():
		return ctx.Err()
	}
}

// unmended keeps the row of a clip that could not be repaired for a later try.
func (d *disk) unmended(row ClipRow) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.broken = append(d.broken, row)
}

// waits says whether something is to be put in order.
func (d *disk) waits() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.torn) > 0 || len(d.litter) > 0 || d.back
}

// mend puts in order what waited for the disk; d.tidy is held.
func (d *disk) mend(ctx context.Context) error {
	d.mendTorn()
	d.sweep()
	d.mu.Lock()
	back, broken := d.back, d.broken
	if d.back = false; back {
		d.broken = nil
	}
	d.mu.Unlock()
	if !back {
		return nil
	}
	for _, row := range broken {
		d.r.bytes.add(row.place(), -row.Bytes)
		d.r.repair(row)
	}
	return d.removeListed(ctx, ClipQuery{States: []ClipState{StateRemoving}})
}
