package schedule

import (
	"errors"
	"testing"
	"time"

	"lares/cameras/media"
)

// TestModes: at each of these times this is recorded, until then.
func TestModes(t *testing.T) {
	window := func(day time.Weekday, from, to int, mode media.Mode) ModeWindow {
		return ModeWindow{Window{[]time.Weekday{day}, from, to}, mode}
	}
	nights := ModeWindow{Window{week, 22 * 60, 6 * 60}, media.ModeContinuous}
	noon := window(time.Monday, 12*60, 13*60, media.ModeOff)
	for _, c := range []struct {
		name string
		m    Modes
		now  string
		mode media.Mode
		next string
		most media.Mode
	}{
		{"nothing was said", Modes{}, "2026-11-23 12:00", "", "", media.ModeEvents},
		{"always", Modes{Mode: media.ModeBoth}, "2026-11-23 12:00", media.ModeBoth, "", media.ModeBoth},
		{"by day", Modes{media.ModeEvents, []ModeWindow{nights}}, "2026-11-23 12:00", media.ModeEvents, "2026-11-23 22:00", media.ModeBoth},
		{"by night", Modes{media.ModeEvents, []ModeWindow{nights}}, "2026-11-23 22:00", media.ModeContinuous, "2026-11-24 06:00", media.ModeBoth},
		{"the first counts", Modes{media.ModeEvents, []ModeWindow{noon, window(time.Monday, 0, 0, media.ModeContinuous)}}, "2026-11-23 12:30", media.ModeOff, "2026-11-23 13:00", media.ModeBoth},
		{"and not the second", Modes{media.ModeEvents, []ModeWindow{window(time.Monday, 0, 0, media.ModeContinuous), noon}}, "2026-11-23 11:30", media.ModeContinuous, "2026-11-24 00:00", media.ModeBoth},
		{"one that changes nothing", Modes{media.ModeOff, []ModeWindow{noon}}, "2026-11-23 11:00", media.ModeOff, "", media.ModeOff},
		{"two that meet", Modes{media.ModeContinuous, []ModeWindow{noon, window(time.Monday, 13*60, 14*60, media.ModeOff)}}, "2026-11-23 12:10", media.ModeOff, "2026-11-23 14:00", media.ModeContinuous},
	} {
		mode, next := c.m.At(at(c.now))
		if mode != c.mode || !next.Equal(opt(c.next)) || c.m.Most() != c.most {
			t.Errorf("%s: %q until %v, at most %q; want %q until %s, %q", c.name, mode, next, c.m.Most(), c.mode, c.next, c.most)
		}
		if err := c.m.Validate(); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	for _, m := range []Modes{{Mode: "some"}, {Week: []ModeWindow{window(1, 60, 120, "")}}, {Week: []ModeWindow{{Window{nil, 1, 2}, media.ModeOff}}}, {Week: make([]ModeWindow, MaxWindows+1)}} {
		if err := m.Validate(); !errors.Is(err, Err) {
			t.Errorf("%+v: %v", m, err)
		}
	}
}
