// Package clock is the product's one source of time, with a manual twin for
// tests. Nothing else calls time.Now.
package clock

import (
	"sync"
	"time"
)

// Clock tells the time. Values of Now carry wall and monotonic readings:
// differences between two of them are immune to steps of the wall clock.
type Clock interface {
	Now() time.Time
}

// System is the machine's clock.
type System struct{}

// Now is time.Now.
func (System) Now() time.Time { return time.Now() }

// Manual is a clock that stands still until told otherwise; for tests.
type Manual struct {
	mu  sync.Mutex // guards now
	now time.Time
}

// NewManual starts a manual clock at the given time.
func NewManual(at time.Time) *Manual { return &Manual{now: at} }

// Now is the time last set.
func (m *Manual) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

// Advance moves the clock by d and returns the new time.
func (m *Manual) Advance(d time.Duration) time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = m.now.Add(d)
	return m.now
}

// Set puts the clock to another time.
func (m *Manual) Set(to time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = to
}
