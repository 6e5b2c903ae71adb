// Package schedule says when something is to be: by times of the week, and by who is
// at home. Pure; times of day are those of the location of the time that is asked
// about, which is the hub's.
package schedule

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

const (
	// MaxWindows bounds a Week: three for each day.
	MaxWindows = 21

	day = 24 * 60 // minutes

	// ahead is how many days a change may be away: a week, and another one where the hour of
	// a window does not come, or the whole day, for the clocks are put on.
	ahead = 15
)

// Err is returned for times that cannot be meant.
var Err = errors.New("schedule: not a schedule")

// Week is times that come again each week; they may overlap.
type Week []Window

// Window is a part of some days of the week. From after To goes past midnight
// into the next day; From equal to To is the whole day.
type Window struct {
	Days     []time.Weekday // on which it begins
	From, To int            // minutes after midnight, 0 to 1439
}

// Validate refuses what cannot be meant.
func (w Week) Validate() error {
	if len(w) > MaxWindows {
		return fmt.Errorf("%w: more than %d times", Err, MaxWindows)
	}
	for _, w := range w {
		if len(w.Days) == 0 || len(w.Days) > 7 || w.From < 0 || w.From >= day || w.To < 0 || w.To >= day {
			return fmt.Errorf("%w: a time that is none", Err)
		}
		for i, d := range w.Days {
			if d < time.Sunday || d > time.Saturday || slices.Contains(w.Days[:i], d) {
				return fmt.Errorf("%w: a day that is none, or twice the same", Err)
			}
		}
	}
	return nil
}

// Open reports whether a time is in one of the windows. What counts is what the clock
// on the wall shows: an hour that comes twice in autumn is twice in a window.
func (w Week) Open(t time.Time) bool {
	return slices.ContainsFunc(w, func(w Window) bool { _, open := w.began(t); return open })
}

// End is when the last of those windows ends that are open now, each taken by itself;
// the zero time if none is.
func (w Week) End(now time.Time) (end time.Time) {
	for _, one := range w {
		if day, open := one.began(now); open {
			one.Days = []time.Weekday{day}
			if over := (Week{one}).Change(now); over.After(end) {
				end = over
			}
		}
	}
	return end
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

// Change is when the windows first are open, or closed, unlike at a time; the zero
// time is never. It goes from one change of the clocks to the next.
func (w Week) Change(now time.Time) time.Time {
	open, limit := w.Open(now), now.AddDate(0, 0, ahead)
	for from := now; from.Before(limit); {
		_, end := from.ZoneBounds()
		if end.IsZero() || end.After(limit) {
			end = limit
		}
		if at := w.bound(from, end, open); !at.IsZero() {
			return at
		}
		if w.Open(end) != open {
			return end
		}
		from = end
	}
	return time.Time{}
}

// bound is the first beginning or end of a window between two times that makes a
// difference. No clock is changed between them.
func (w Week) bound(from, end time.Time, open bool) (first time.Time) {
	y, m, d := from.Date()
	_, offset := from.Zone()
	zone := time.FixedZone("", offset)
	for days := range ahead + 1 {
		for _, one := range w {
			for _, minutes := range [...]int{one.From, one.To} {
				at := time.Date(y, m, d+days, 0, minutes, 0, 0, zone).In(from.Location())
				if at.After(from) && at.Before(end) && (first.IsZero() || at.Before(first)) && w.Open(at) != open {
					first = at
				}
			}
		}
	}
	return first
}
