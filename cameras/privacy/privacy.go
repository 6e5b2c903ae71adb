// Package privacy says when a camera is to be off: because somebody said so, or
// by a weekly schedule. Pure; times of day are those of the location of the time
// that is asked about, which is the hub's.
package privacy

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

const (
	// MaxWindows bounds a schedule: three for each day of the week.
	MaxWindows = 21

	day = 24 * 60 // minutes
)

// ErrSchedule is returned for a schedule that cannot be meant.
var ErrSchedule = errors.New("privacy: not a schedule")

// Setting is what is wanted of one camera. The zero Setting keeps it on.
type Setting struct {
	On      bool     // off the air until somebody says otherwise
	Windows []Window // off the air in each of them
	// Skip lets the camera see although a window is open, until then: somebody
	// ended the window early.
	Skip time.Time
}

// Window is a part of some days of the week. From after To goes past midnight
// into the next day; From equal to To is the whole day.
type Window struct {
	Days     []time.Weekday // on which it begins
	From, To int            // minutes after midnight, 0 to 1439
}

// Validate refuses what cannot be meant.
func (s Setting) Validate() error {
	if len(s.Windows) > MaxWindows {
		return fmt.Errorf("%w: more than %d times", ErrSchedule, MaxWindows)
	}
	for _, w := range s.Windows {
		if len(w.Days) == 0 || len(w.Days) > 7 || w.From < 0 || w.From >= day || w.To < 0 || w.To >= day {
			return fmt.Errorf("%w: a time that is none", ErrSchedule)
		}
		for i, d := range w.Days {
			if d < time.Sunday || d > time.Saturday || slices.Contains(w.Days[:i], d) {
				return fmt.Errorf("%w: a day that is none, or twice the same", ErrSchedule)
			}
		}
	}
	return nil
}

// At reports whether the camera is off at a time, and when that may change by
// itself; the zero time is never. It changes then, or is only to be asked again.
func (s Setting) At(now time.Time) (off bool, next time.Time) {
	if s.On {
		return true, time.Time{}
	}
	ends, begins := s.around(now)
	switch {
	case ends.IsZero():
		return false, begins
	case now.Before(s.Skip):
		return false, s.Skip
	}
	return true, ends
}

// Off is the setting that keeps the camera on from now: a window that is open is
// passed over to its end.
func (s Setting) Off(now time.Time) Setting {
	s.On = false
	s.Skip, _ = s.around(now)
	return s
}

// around finds the last end of the windows that are open, and the next beginning
// of one, within a week; zero if there is none.
func (s Setting) around(now time.Time) (ends, begins time.Time) {
	for back := -1; back <= 7; back++ {
		for _, w := range s.Windows {
			from, to := w.on(now, back)
			if from.IsZero() {
				continue
			}
			if !from.After(now) && to.After(now) && to.After(ends) {
				ends = to
			}
			if from.After(now) && (begins.IsZero() || from.Before(begins)) {
				begins = from
			}
		}
	}
	return ends, begins
}

// on is the window that begins some days after the day of now, or nothing.
// time.Date puts times that a change of the clocks left out where they belong.
func (w Window) on(now time.Time, days int) (from, to time.Time) {
	y, m, d := now.Date()
	if !slices.Contains(w.Days, time.Date(y, m, d+days, 12, 0, 0, 0, now.Location()).Weekday()) {
		return from, to
	}
	last := d + days
	if w.To <= w.From {
		last++
	}
	return time.Date(y, m, d+days, 0, w.From, 0, 0, now.Location()), time.Date(y, m, last, 0, w.To, 0, 0, now.Location())
}
