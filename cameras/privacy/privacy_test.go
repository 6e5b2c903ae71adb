package privacy

import (
	"errors"
	"slices"
	"testing"
	"time"
	_ "time/tzdata" // the machine may have no time zones
)

var berlin = must(time.LoadLocation("Europe/Berlin"))

func must(l *time.Location, err error) *time.Location {
	if err != nil {
		panic(err)
	}
	return l
}

func at(s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", s, berlin)
	if err != nil {
		panic(err)
	}
	return t
}

var week = []time.Weekday{0, 1, 2, 3, 4, 5, 6}

func sunday(from, to int) []Window {
	return []Window{{Days: []time.Weekday{time.Sunday}, From: from, To: to}}
}

// 2026-11-23 is a Monday.
func TestAt(t *testing.T) {
	night := Window{Days: []time.Weekday{time.Friday}, From: 22 * 60, To: 6 * 60}
	noon := Window{Days: []time.Weekday{time.Monday, time.Friday}, From: 12 * 60, To: 13 * 60}
	all := Window{Days: []time.Weekday{time.Sunday}}
	for _, c := range []struct {
		name string
		s    Setting
		now  string
		off  bool
		next string
	}{
		{"nothing", Setting{}, "2026-11-23 12:00", false, ""},
		{"said so", Setting{On: true, Windows: []Window{noon}}, "2026-11-24 12:00", true, ""},
		{"before", Setting{Windows: []Window{noon}}, "2026-11-23 11:59", false, "2026-11-23 12:00"},
		{"begins", Setting{Windows: []Window{noon}}, "2026-11-23 12:00", true, "2026-11-23 13:00"},
		{"ends", Setting{Windows: []Window{noon}}, "2026-11-23 13:00", false, "2026-11-27 12:00"},
		{"over midnight", Setting{Windows: []Window{night}}, "2026-11-28 05:59", true, "2026-11-28 06:00"},
		{"after the night", Setting{Windows: []Window{night}}, "2026-11-28 06:00", false, "2026-12-04 22:00"},
		{"only on its day", Setting{Windows: []Window{night}}, "2026-11-26 23:00", false, "2026-11-27 22:00"},
		{"a whole day", Setting{Windows: []Window{all}}, "2026-11-29 00:00", true, "2026-11-30 00:00"},
		{"two at once", Setting{Windows: []Window{noon, {Days: []time.Weekday{time.Monday}, From: 12*60 + 30, To: 14 * 60}}}, "2026-11-23 12:45", true, "2026-11-23 14:00"},
		{"passed over", Setting{Windows: []Window{noon}, Skip: at("2026-11-23 13:00")}, "2026-11-23 12:10", false, "2026-11-27 12:00"},
		{"passed over to the next one", Setting{Windows: []Window{noon, {Days: []time.Weekday{time.Monday}, From: 13 * 60, To: 14 * 60}}, Skip: at("2026-11-23 13:00")}, "2026-11-23 12:10", false, "2026-11-23 13:00"},
		{"a clock that was set back", Setting{Windows: []Window{noon}, Skip: at("2026-11-27 13:00")}, "2026-11-23 12:10", true, "2026-11-23 13:00"},
		{"passed over before", Setting{Windows: []Window{noon}, Skip: at("2026-11-23 13:00")}, "2026-11-27 12:10", true, "2026-11-27 13:00"},
		{"always", Setting{Windows: []Window{{Days: week}}}, "2026-11-23 12:10", true, ""},
		{"the night of summer's end", Setting{Windows: sunday(1*60, 4*60)}, "2026-10-25 03:30", true, "2026-10-25 04:00"},
		{"before an hour that does not come", Setting{Windows: sunday(2*60+30, 3*60+15)}, "2026-03-29 01:59", false, "2026-03-29 03:00"},
		{"after an hour that did not come", Setting{Windows: sunday(2*60+30, 3*60+15)}, "2026-03-29 03:10", true, "2026-03-29 03:15"},
		{"within an hour that does not come", Setting{Windows: sunday(2*60, 3*60)}, "2026-03-29 01:59", false, "2026-04-05 02:00"},
	} {
		off, next := c.s.At(at(c.now))
		want := time.Time{}
		if c.next != "" {
			want = at(c.next)
		}
		if off != c.off || !next.Equal(want) {
			t.Errorf("%s: %v until %v, want %v until %v", c.name, off, next, c.off, want)
		}
	}
}

func TestOff(t *testing.T) {
	s := Setting{On: true, Windows: []Window{{Days: []time.Weekday{time.Monday}, From: 12 * 60, To: 13 * 60}}}
	for _, c := range []struct{ now, skip string }{{"2026-11-23 12:30", "2026-11-23 13:00"}, {"2026-11-23 14:00", ""}} {
		want := time.Time{}
		if c.skip != "" {
			want = at(c.skip)
		}
		got := s.Off(at(c.now))
		if got.On || !got.Skip.Equal(want) {
			t.Errorf("at %s: on %v, passed over until %v", c.now, got.On, got.Skip)
		}
		if off, _ := got.At(at(c.now)); off {
			t.Errorf("at %s: off", c.now)
		}
	}
}

// TestTwice: an hour that comes twice is twice in a window, and changes are found
// where they are: the state is the same up to each and another from there.
func TestTwice(t *testing.T) {
	s := Setting{Windows: sunday(2*60+15, 2*60+45)}
	now := at("2026-10-25 01:00")
	var changes []string
	for range 5 {
		off, next := s.At(now)
		if before, _ := s.At(next.Add(-time.Second)); before != off {
			t.Errorf("another state before %v", next)
		}
		now = next
		changes = append(changes, next.Format("2 15:04 MST"))
	}
	want := []string{"25 02:15 CEST", "25 02:45 CEST", "25 02:15 CET", "25 02:45 CET", "1 02:15 CET"}
	if !slices.Equal(changes, want) {
		t.Errorf("%q, want %q", changes, want)
	}
}

// TestOffOfAll: a camera that is always off is put on for the rest of the day.
func TestOffOfAll(t *testing.T) {
	s := Setting{Windows: []Window{{Days: week}}}.Off(at("2026-11-23 12:30"))
	if off, next := s.At(at("2026-11-23 12:30")); off || !next.Equal(at("2026-11-24 00:00")) {
		t.Errorf("off %v until %v", off, next)
	}
	if off, _ := s.At(at("2026-11-24 00:00")); !off {
		t.Error("on the next day it is on")
	}
}

func TestValidate(t *testing.T) {
	monday := []time.Weekday{time.Monday}
	for name, w := range map[string]Window{
		"no day": {From: 1, To: 2}, "no such day": {Days: []time.Weekday{7}}, "twice": {Days: []time.Weekday{1, 1}},
		"no such time": {Days: monday, From: day}, "negative": {Days: monday, To: -1},
	} {
		if err := (Setting{Windows: []Window{w}}).Validate(); !errors.Is(err, ErrSchedule) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := (Setting{Windows: make([]Window, MaxWindows+1)}).Validate(); !errors.Is(err, ErrSchedule) {
		t.Error(err)
	}
	if err := (Setting{Windows: []Window{{Days: monday, From: 0, To: 0}}}).Validate(); err != nil {
		t.Error(err)
	}
}
