package schedule

import (
	"fmt"
	"time"
)

// When is how a Rule decides.
type When string

// The ways to decide.
const (
	Always When = "always"
	// Away is while the owner of the camera is away, and in the windows of the week.
	Away When = "away"
	// Weekly is in the windows of the week alone.
	Weekly When = "weekly"
)

// Rule says when what is seen or heard at a camera begins an event. The zero Rule is
// always: whoever said nothing misses nothing.
type Rule struct {
	When When
	Week Week // of no meaning with Always
}

// Validate refuses what cannot be meant. A week without a window would be never, and
// is refused as well: who wants that takes the camera off the air, which is seen.
func (r Rule) Validate() error {
	switch r.When {
	case "", Always, Away:
	case Weekly:
		if len(r.Week) == 0 {
			return fmt.Errorf("%w: a week without a time", Err)
		}
	default:
		return fmt.Errorf("%w: neither %s nor %s nor %s", Err, Always, Away, Weekly)
	}
	return r.Week.Validate()
}

// At reports whether events begin at a time, with the owner away or not, and when that
// changes by itself; the zero time is never.
func (r Rule) At(now time.Time, away bool) (armed bool, change time.Time) {
	switch {
	case r.When == Weekly, r.When == Away && !away:
		return r.Week.Open(now), r.Week.Change(now)
	}
	return true, time.Time{}
}
