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

	// longest is a window of a whole day on which the clocks are put back.
	longest = 26 * time.Hour
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

// At reports whether the camera is off at a time, and when that changes by
// itself; the zero time is never. What counts is what the clock on the wall shows:
// an hour that comes twice in autumn is twice in a window.
func (s Setting) At(now time.Time) (off bool, next time.Time) {
	switch {
	case s.On:
		return true, time.Time{}
	case !now.Before(s.Skip) || s.Skip.Sub(now) > longest: // or the clock was set back
		return s.open(now), s.change(now)
	case s.open(s.Skip):
		return false, s.Skip
	}
	return false, s.change(s.Skip)
}

// Off is the setting that keeps the camera on from now: the windows that are open
// are passed over to their ends.
func (s Setting) Off(now time.Time) Setting {
	s.On, s.Skip = false, time.Time{}
	for _, w := range s.Windows {
		if day, open := w.began(now); open {
			w.Days = []time.Weekday{day}
			if end := (Setting{Windows: []Window{w}}).change(now); end.After(s.Skip) {
				s.Skip = end
			}
		}
	}
	return s
}

func (s Setting) open(t time.Time) bool {
	return slices.ContainsFunc(s.Windows, func(w Window) bool { _, open := w.began(t); return open })
}

// began says on which day the window that is open at a time began.
func (w Window) began(t time.Time) (on time.Weekday, open bool) {
	at, today := t.Hour()*60+t.Minute(), t.Weekday()
	yesterday := (today + 6) % 7
	switch over := w.To <= w.From; { // over midnight
	case slices.Contains(w.Days, today) && at >= w.From && (over || at < w.To):
		return today, true
	case slices.Contains(w.Days, yesterday) && over && at < w.To:
		return yesterday, true
	}
	return 0, false
}

// change is when the windows first are open, or closed, unlike at a time; zero if
// never. It goes from one change of the clocks to the next.
func (s Setting) change(now time.Time) time.Time {
	off, limit := s.open(now), now.AddDate(0, 0, 8)
	for from := now; from.Before(limit); {
		_, end := from.ZoneBounds()
		if end.IsZero() || end.After(limit) {
			end = limit
		}
		if at := s.bound(from, end, off); !at.IsZero() {
			return at
		}
		if s.open(end) != off {
			return end
		}
		from = end
	}
	return time.Time{}
}

// bound is the first beginning or end of a window between two times that makes a
// difference. No clock is changed between them.
func (s Setting) bound(from, end time.Time, off bool) (first time.Time) {
	y, m, d := from.Date()
	_, offset := from.Zone()
	zone := time.FixedZone("", offset)
	for days := range 9 {
		for _, w := range s.Windows {
			for _, minutes := range [...]int{w.From, w.To} {
				at := time.Date(y, m, d+days, 0, minutes, 0, 0, zone).In(from.Location())
				if at.After(from) && at.Before(end) && (first.IsZero() || at.Before(first)) && s.open(at) != off {
					first = at
				}
			}
		}
	}
	return first
}
