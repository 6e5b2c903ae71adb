package store

import "sync/atomic"

// steps counts what the one writing connection gets done.
type steps struct {
	n    atomic.Uint64
	tidy atomic.Bool // it writes the log back
}

// Steps grows with each statement of a transaction and each commit, and with each
// call while the log is written back: transactions wait for that as well. Where it
// stands still, the database takes nothing.
func (s *Store) Steps() uint64 {
	if s.steps.tidy.Load() {
		s.steps.n.Add(1)
	}
	return s.steps.n.Load()
}
