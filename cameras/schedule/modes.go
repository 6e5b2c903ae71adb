package schedule

import (
	"fmt"
	"time"

	"lares/cameras/media"
)

// Modes is what of a camera is recorded, by the week. The zero Modes is events at any
// time.
type Modes struct {
	Mode media.Mode   // in none of the windows
	Week []ModeWindow // of those that are open the first one counts
}

// ModeWindow is a Window with the mode in it.
type ModeWindow struct {
	Window
	Mode media.Mode
}

// Validate refuses what cannot be meant.
func (m Modes) Validate() error {
	week := make(Week, len(m.Week))
	modes := []media.Mode{m.Mode}
	for i, w := range m.Week {
		week[i], modes = w.Window, append(modes, w.Mode)
	}
	for i, mode := range modes {
		if !mode.Valid() && (mode != "" || i > 0) {
			return fmt.Errorf("%w: a mode that is none", Err)
		}
	}
	return week.Validate()
}

// At is the mode at a time, and when that changes by itself; the zero time is never.
func (m Modes) At(now time.Time) (mode media.Mode, change time.Time) {
	mode = m.at(now)
	for from, limit := now, now.AddDate(0, 0, ahead); ; {
		if from = m.next(from); from.IsZero() || from.After(limit) {
			return mode, time.Time{}
		}
		if m.at(from) != mode {
			return mode, from
		}
	}
}

func (m Modes) at(now time.Time) media.Mode {
	for _, w := range m.Week {
		if (Week{w.Window}).Open(now) {
			return w.Mode
		}
	}
	return m.Mode
}

// next is when a window first opens or closes.
func (m Modes) next(now time.Time) (first time.Time) {
	for _, w := range m.Week {
		if at := (Week{w.Window}).Change(now); !at.IsZero() && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	return first
}

// Most is the mode that records all that some of the modes do: what is to be where it
// cannot be told what time it is.
func (m Modes) Most() media.Mode {
	events, continuous := m.Mode.Events(), m.Mode.Continuous()
	for _, w := range m.Week {
		events, continuous = events || w.Mode.Events(), continuous || w.Mode.Continuous()
	}
	switch {
	case events && continuous:
		return media.ModeBoth
	case events:
		return media.ModeEvents
	case continuous:
		return media.ModeContinuous
	}
	return media.ModeOff
}
