package recorder

import (
	"context"
	"sync"
	"time"

	"lares/cameras/clock"
	"lares/recorder/internal/pool"
)

const (
	// busyWrite is how long a write may take before who reads gives way: several times what it
	// takes on a disk that has nothing else to do.
	busyWrite = 250 * time.Millisecond
	// busyAfter is how long they give way after such a write.
	busyAfter = 2 * time.Second
	// yieldMost bounds how long one read waits, twice: for others that read, and for what is
	// written. So playback becomes slow, and does not stop.
	yieldMost = 250 * time.Millisecond
	yieldStep = 10 * time.Millisecond
	// yieldFrom is how many bytes a read has that gives way. Heads and ends are small, and many.
	yieldFrom = 4 << 10
)

// load knows whether what is written has to wait for the disk. While it has to, those who read
// recordings (playback, pictures, export, a spot check) read one after the other, each behind
// what is being written.
type load struct {
	clock clock.Clock
	turn  chan struct{} // held by who reads while it is high

	mu     sync.Mutex // guards following
	flying map[*writes]time.Time
	until  time.Time
}

func newLoad(c clock.Clock) *load {
	return &load{clock: c, turn: make(chan struct{}, 1), flying: map[*writes]time.Time{}}
}

// began and ended say that a write is under way, and that it is over.
func (l *load) began(w *writes, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.flying[w] = at
}

func (l *load) ended(w *writes, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if at.Sub(l.flying[w]) > busyWrite {
		l.until = at.Add(busyAfter)
	}
	delete(l.flying, w)
}

// high says whether what is written waits for the disk now, or did a moment ago.
func (l *load) high() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock.Now()
	if now.Before(l.until) {
		return true
	}
	return l.writing(now)
}

// writing says whether a write is under way for long; l.mu is held.
func (l *load) writing(now time.Time) bool {
	for _, began := range l.flying {
		if now.Sub(began) > busyWrite {
			return true
		}
	}
	return false
}

func (l *load) stuck() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.writing(l.clock.Now())
}

// yield gives way to what is written, and returns what says that the read is over.
func (l *load) yield() (done func()) {
	if !l.high() {
		return func() {}
	}
	timer := time.NewTimer(yieldMost)
	defer timer.Stop()
	select {
	case l.turn <- struct{}{}:
		done = func() { <-l.turn }
	case <-timer.C: // whoever has it may wait for a disk of its own
		done = func() {}
	}
	for waited := time.Duration(0); waited < yieldMost && l.stuck(); waited += yieldStep {
		clock.Pause(context.Background(), yieldStep)
	}
	return done
}

// politeFile is a clip file whose reading gives way to writing.
type politeFile struct {
	pool.File
	load *load
}

// ReadAt implements io.ReaderAt.
func (f politeFile) ReadAt(p []byte, at int64) (int, error) {
	if len(p) >= yieldFrom {
		defer f.load.yield()()
	}
	return f.File.ReadAt(p, at)
}
