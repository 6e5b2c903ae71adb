// Package privacy says when a camera is to be off the air: because somebody said so,
// or by a weekly schedule. Pure.
package privacy

import (
	"time"

	"lares/cameras/schedule"
)

// longest is a window of a whole day on which the clocks are put back.
const longest = 26 * time.Hour

// Setting is what is wanted of one camera. The zero Setting keeps it on.
type Setting struct {
	On      bool          // off the air until somebody says otherwise
	Windows schedule.Week // off the air in each of them
	// Skip lets the camera see although a window is open, until then: somebody
	// ended the window early.
	Skip time.Time
}

// Validate refuses what cannot be meant.
func (s Setting) Validate() error { return s.Windows.Validate() }

// At reports whether the camera is off at a time, and when that changes by
// itself; the zero time is never.
func (s Setting) At(now time.Time) (off bool, next time.Time) {
	switch {
	case s.On:
		return true, time.Time{}
	case !now.Before(s.Skip) || s.Skip.Sub(now) > longest: // or the clock was set back
		return s.Windows.Open(now), s.Windows.Change(now)
	case s.Windows.Open(s.Skip):
		return false, s.Skip
	}
	return false, s.Windows.Change(s.Skip)
}

// Off is the setting that keeps the camera on from now: the windows that are open
// are passed over to their ends.
func (s Setting) Off(now time.Time) Setting {
	s.On, s.Skip = false, s.Windows.End(now)
	return s
}
