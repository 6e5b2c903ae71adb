package recorder

import (
	"slices"
	"sync"
	"time"

	"lares/cameras/clock"
	"lares/recorder/sealed"
)

const (
	// slowWrite is how long a write may take before the disk is called slow.
	slowWrite = 2 * time.Second
	// writesKept is how many are remembered: about two minutes, at one a second.
	writesKept = 128
)

// writes is how long the disk takes for what a camera writes. Safe for concurrent use.
type writes struct {
	clock clock.Clock

	mu    sync.Mutex // guards following
	since time.Time  // when the write under way began; zero without one
	slow  time.Time  // when the last slow one was over
	syncs []time.Duration
	next  int // of syncs, once that is full
}

// do makes a write and measures it.
func (w *writes) do(l *load, write func() error) error { return w.measure(l, write, false) }

// sync is do for what brings all of before to the disk.
func (w *writes) sync(l *load, sync func() error) error { return w.measure(l, sync, true) }

// measure remembers how long a sync took, or another write that took long.
func (w *writes) measure(l *load, write func() error, sync bool) error {
	began := w.clock.Now()
	w.mu.Lock()
	w.since = began
	w.mu.Unlock()
	l.began(w, began)
	err := write()
	now := w.clock.Now()
	l.ended(w, now)
	took := now.Sub(began)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.since = time.Time{}
	if took > slowWrite {
		w.slow = now
	}
	switch {
	case !sync && took <= busyWrite:
	case len(w.syncs) < writesKept:
		w.syncs = append(w.syncs, took)
	default:
		w.syncs[w.next] = took
		w.next = (w.next + 1) % writesKept
	}
	return err
}

// stuck says whether the disk takes too long for the write under way.
func (w *writes) stuck(now time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return !w.since.IsZero() && now.Sub(w.since) > slowWrite
}

// waits is how long the disk holds up the write under way.
func (w *writes) waits(now time.Time) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.since.IsZero() {
		return 0
	}
	return now.Sub(w.since)
}

// slowSince says whether the disk took too long after a time.
func (w *writes) slowSince(t time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.slow.After(t)
}

// Latency is how long the disk took for the last syncs, at most two minutes of them, for other
// writes that took long, and for one that is under way for longer than all of these.
type Latency struct{ Median, P99, Most time.Duration }

func (w *writes) latency(now time.Time) Latency {
	w.mu.Lock()
	all := slices.Clone(w.syncs)
	if under := now.Sub(w.since); !w.since.IsZero() && under > busyWrite {
		all = append(all, under)
	}
	w.mu.Unlock()
	if len(all) == 0 {
		return Latency{}
	}
	slices.Sort(all)
	return Latency{all[len(all)/2], all[len(all)*99/100], all[len(all)-1]}
}

// timedFile measures what is written to a file.
type timedFile struct {
	sealed.File
	w *writes
	d *disk
}

// Write implements sealed.File.
func (f timedFile) Write(p []byte) (n int, err error) {
	err = f.w.do(f.d.load, func() (err error) {
		n, err = f.File.Write(p)
		return err
	})
	return n, err
}

// Sync implements sealed.File.
func (f timedFile) Sync() error {
	err := f.w.sync(f.d.load, f.File.Sync)
	if err == nil {
		f.d.keeps()
	}
	return err
}

// Truncate implements sealed.File.
func (f timedFile) Truncate(size int64) error {
	return f.w.do(f.d.load, func() error { return f.File.Truncate(size) })
}
