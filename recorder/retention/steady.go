package retention

import "time"

const (
	// settle is how long the clock has to go without a step before ages count: a machine
	// without a battery starts with whatever time, and is set within minutes.
	settle = 10 * time.Minute
	// stepped is how far the wall clock may be from what it was to show by now.
	stepped = 2 * time.Minute
)

// Steady watches the wall clock. After a start and after each step nothing is too old for
// a while: a clock that runs years ahead for a moment shall cost no recording.
type Steady struct {
	known bool
	wall  time.Time
	ran   time.Duration
	since time.Duration
}

// Look takes a reading of the wall clock, and how long this process has run by a clock that
// nobody sets, and says whether ages count.
func (s *Steady) Look(wall time.Time, ran time.Duration) bool {
	off := wall.Sub(s.wall) - (ran - s.ran)
	if !s.known || off > stepped || off < -stepped {
		s.since = ran
	}
	s.known, s.wall, s.ran = true, wall, ran
	return ran-s.since >= settle
}
