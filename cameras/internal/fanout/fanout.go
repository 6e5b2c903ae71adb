// Package fanout hands one stream of sealed units to any number of bounded
// readers. It keeps the recent past, ciphertext as it came, so that a reader
// can begin at an IDR now (GOP cache) or some seconds ago (pre-roll ring).
package fanout

import (
	"errors"
	"sync"
	"time"

	"lares/cameras/media"
)

const (
	// MaxRing bounds the kept past of one stream, in bytes of ciphertext.
	MaxRing = 64 << 20

	// A reader of the past is a recorder: it may stall for half a minute of a
	// 8 Mbit/s stream before it loses something.
	maxQueueRecorder = 32 << 20
	maxUnitsRecorder = 4096
	// A reader of the present is a viewer: what waits longer than a few seconds
	// is no longer live.
	maxQueueViewer = 8 << 20
	maxUnitsViewer = 512

	// stale is when the last pictures of a silent stream stop being a start:
	// an old picture is never shown as a live one.
	stale = 10 * time.Second
)

// ErrEnded is returned by Read on a stream that was closed.
var ErrEnded = errors.New("fanout: stream ended")

// Stream is the fan-out of one stream. Its methods are safe for concurrent
// use; Push never blocks on a reader.
type Stream struct {
	camera media.CameraID
	budget *Budget

	mu      sync.Mutex // guards following
	preRoll time.Duration
	ring    ring
	config  *media.Unit // the newest one, nil before the first
	run     media.RunID // of the newest unit
	readers map[*Reader]struct{}
	ended   bool
}

// New makes a stream of a camera that keeps preRoll of the past, and at least
// the pictures since the last IDR. What waits for its readers of the past is in the budget.
func New(camera media.CameraID, preRoll time.Duration, b *Budget) *Stream {
	return &Stream{camera: camera, budget: b, preRoll: preRoll, ring: ring{most: MaxRing}, readers: map[*Reader]struct{}{}}
}

// SetPreRoll changes how much is kept.
func (s *Stream) SetPreRoll(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.preRoll = d
}

// Push adds a unit. The unit's Sealed must not change any more. Media before
// the first UnitConfig of a stream is dropped: nobody could play it.
func (s *Stream) Push(u media.Unit) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return
	}
	if u.Type == media.UnitConfig {
		s.config = &u
	}
	if s.config == nil {
		return
	}
	s.run = u.Run
	e := entry{unit: u, config: s.config}
	s.ring.push(e, s.preRoll)
	oldest := u.Received
	if s.ring.len() > 0 {
		oldest = s.ring.at(0).unit.Received
	}
	for r := range s.readers {
		r.push(e, oldest)
	}
	s.budget.keep()
}

// Read starts a reader: with preRoll at the newest sync unit that is at least
// that old at now, or at the oldest kept; without at the newest sync unit of
// the current run. If there is none, or the stream has been silent for longer,
// it waits for the next.
func (s *Stream) Read(preRoll time.Duration, now time.Time) (*Reader, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return nil, ErrEnded
	}
	r := newReader(s, preRoll > 0)
	start := -1
	switch {
	case s.ring.len() == 0 || now.Sub(s.ring.at(s.ring.len()-1).unit.Received) > max(stale, preRoll):
	case preRoll > 0:
		start = s.ring.atLeast(now.Add(-preRoll))
	default:
		start = s.ring.newest(s.run)
	}
	if start >= 0 {
		for i := start; i < s.ring.len(); i++ {
			r.queue(*s.ring.at(i))
		}
		r.waiting, r.began = false, true
		r.allowUnits += len(r.units)
		r.allowBytes += r.bytes
	}
	s.readers[r] = struct{}{}
	return r, nil
}

// Newest is when the newest picture of the past came that is kept, of which there is one that
// stands alone; zero without.
func (s *Stream) Newest() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := s.ring.len() - 1; i >= 0; i-- {
		if u := &s.ring.at(i).unit; u.Type == media.UnitVideo {
			return u.Received
		}
	}
	return time.Time{}
}

// Readers counts the open readers.
func (s *Stream) Readers() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.readers)
}

// Clear forgets the past, also what readers have not read of it: they get
// ErrLagging and, like who begins to read, wait for the next UnitConfig and sync
// unit.
func (s *Stream) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.config = nil
	s.ring.clear()
	for r := range s.readers {
		r.forget()
	}
}

// Close ends the stream and every reader of it. Twice is fine.
func (s *Stream) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	for r := range s.readers {
		r.end()
	}
	clear(s.readers)
	s.ring.clear()
}

func (s *Stream) drop(r *Reader) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.readers, r)
}
