package discover

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"os/exec"
	"reflect"
	"slices"
	"sync"
	"time"

	"lares/cameras/clock"
	"lares/cameras/internal/neighbour"
)

const (
	// seldom is the time between two rounds while nobody looks: devices that
	// move are followed, at little cost.
	seldom = 5 * time.Minute
	// often is the time while somebody looks, who counts as looking for
	// lookFor after each look.
	often   = 15 * time.Second
	lookFor = 2 * time.Minute
	// lookAgain is how often interfaces are compared.
	lookAgain = 3 * time.Second
	// scanAgain is the least time between the beginnings of two scans.
	scanAgain = 30 * time.Second
	// tellAgain is how often Changed tells at most, in a flood.
	tellAgain = 250 * time.Millisecond
)

// ErrScanning is returned while a scan runs, or has just begun.
var ErrScanning = errors.New("discover: a scan is running or has just been run")

// Config is what a Finder needs.
type Config struct {
	// Command builds the child process, whose main function is Main.
	Command func() *exec.Cmd
	Clock   clock.Clock
	Log     *slog.Logger
	Places  Places
}

// Finder keeps a list of the devices on the networks of this machine. All its
// methods may be called from any goroutine.
type Finder struct {
	cfg Config

	wake chan struct{} // a look or a scan was asked for

	mu      sync.Mutex // guards following
	table   table
	changed chan struct{}
	told    time.Time // when changed was last closed
	untold  bool      // something changed since
	looked  time.Time
	scan    bool        // asked for
	scanned time.Time   // when the last was asked for
	left    []Unscanned // by the last that began
	busy    bool
	pid     int // of the child that searches, 0 for none
}

// New makes a Finder; Run runs it.
func New(cfg Config) *Finder {
	return &Finder{cfg: cfg, wake: make(chan struct{}, 1), changed: make(chan struct{}), table: table{pick: rand.IntN}}
}

// Run searches at once, after each change of this machine's networks, and from
// time to time, until the context ends. A child that fails is one round lost.
func (f *Finder) Run(ctx context.Context) error {
	ticker := time.NewTicker(lookAgain)
	defer ticker.Stop()
	var known links
	var last time.Time
	failed := 0
	for {
		now, here := f.cfg.Clock.Now(), f.cfg.Places.present()
		moved := !reflect.DeepEqual(here, known)
		if len(here) > 0 && (moved || f.due(now, last, failed)) || len(here) == 0 && moved {
			known, last = here, now
			scan := len(here) > 0 && f.takeScan()
			switch err := f.attempt(ctx, here, scan); {
			case ctx.Err() != nil:
				return nil
			case err != nil:
				failed++
				f.keepScan(scan)
				f.cfg.Log.Warn("a round of discovery failed; it is tried again", "error", err)
			default:
				failed = 0
			}
			continue // something may have been asked for meanwhile
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		case <-f.wake:
		}
	}
}

// due reports whether the next round is to begin, by when the last one did, if
// any, and how many failed since one did not. A scan that was asked for begins at
// once, and soon again after a round that failed.
func (f *Finder) due(now, last time.Time, failed int) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.scan && now.Sub(f.scanned) >= scanFor {
		f.scan = false // nobody waits for it any more
	}
	every := seldom
	if !f.looked.IsZero() && now.Sub(f.looked) < lookFor {
		every = often
	}
	past := now.Sub(last)
	return last.IsZero() || past >= min(every<<min(failed, 5), seldom) ||
		f.scan && (failed == 0 || past >= lookAgain<<min(failed, 5))
}

// takeScan is whether a scan was asked for.
func (f *Finder) takeScan() (scan bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	scan, f.scan = f.scan, false
	return scan
}

// keepScan keeps a scan for the next round where this one failed.
func (f *Finder) keepScan(scan bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.scan = f.scan || scan
}

// attempt is one round, from the list as it is to the list after it.
func (f *Finder) attempt(ctx context.Context, here links, scan bool) error {
	f.set(func() bool {
		f.busy = true
		if scan {
			_, f.left = here.plan()
		}
		return true
	})
	stop := f.tellOn()
	lost, err := false, error(nil)
	if len(here) > 0 {
		lost, err = f.search(ctx, here, scan)
	}
	stop()
	macs := neighbour.Table()
	f.set(func() bool {
		f.busy = false
		f.table.meet(macs)
		if err == nil {
			f.table.endRound(here, lost, f.cfg.Clock.Now())
		}
		f.told = time.Time{} // the end of a round is told at once
		return true
	})
	return err
}

// set changes the state under the lock and tells if change says so.
func (f *Finder) set(change func() bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.untold = change() || f.untold
	if now := f.cfg.Clock.Now(); f.untold && now.Sub(f.told) >= tellAgain {
		f.untold, f.told = false, now
		close(f.changed)
		f.changed = make(chan struct{})
	}
}

// tellOn tells, while a round goes on, what changed too soon after the last
// time to be told then; stop ends that.
func (f *Finder) tellOn() (stop func()) {
	ended, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		ticker := time.NewTicker(tellAgain)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				f.set(func() bool { return false })
			case <-ended:
				return
			}
		}
	}()
	return func() { close(ended); <-done }
}

// Candidates is the list of now, oldest first, and the caller's.
func (f *Finder) Candidates() []Candidate {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.table.list()
}

// Candidate finds one of the list; ok is false where it is none, or no more.
func (f *Finder) Candidate(id string) (c Candidate, ok bool) {
	list := f.Candidates()
	if at := slices.IndexFunc(list, func(c Candidate) bool { return c.ID == id }); at >= 0 {
		return list[at], true
	}
	return c, false
}

// Searching reports whether a round runs.
func (f *Finder) Searching() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.busy
}

// Unscanned are the networks that the last scan could not visit whole.
func (f *Finder) Unscanned() []Unscanned {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.left)
}

// Changed is closed when the list is no longer what Candidates gave, or
// Searching what it was; then there is a new one. In a flood it is closed some
// times a second.
func (f *Finder) Changed() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.changed
}

// Look says that somebody looks at the list: for some minutes, rounds follow
// each other closely.
func (f *Finder) Look() {
	f.mu.Lock()
	f.looked = f.cfg.Clock.Now()
	f.mu.Unlock()
	f.nudge()
}

// Scan asks for a round that also knocks at the ports of all addresses of the
// networks this machine is on, or of what Unscanned tells. It does not wait for it.
func (f *Finder) Scan(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	f.mu.Lock()
	now := f.cfg.Clock.Now()
	if f.scan || !f.scanned.IsZero() && now.Sub(f.scanned) < scanAgain {
		f.mu.Unlock()
		return ErrScanning
	}
	f.scan, f.scanned, f.looked = true, now, now
	f.mu.Unlock()
	f.nudge()
	return nil
}

func (f *Finder) nudge() {
	select {
	case f.wake <- struct{}{}:
	default: // somebody did already
	}
}

// Worker is the process id of the child that searches, 0 while none does.
func (f *Finder) Worker() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.pid
}
