package schedule

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

// opt is at; the zero time of nothing.
func opt(s string) time.Time {
	if s == "" {
		return time.Time{}
	}
	return at(s)
}

var week = []time.Weekday{0, 1, 2, 3, 4, 5, 6}

func on(day time.Weekday, from, to int) Week {
	return Week{{Days: []time.Weekday{day}, From: from, To: to}}
}

// 2026-11-23 is a Monday.
func TestWeek(t *testing.T) {
	night := on(time.Friday, 22*60, 6*60)
	noon := Week{{Days: []time.Weekday{time.Monday, time.Friday}, From: 12 * 60, To: 13 * 60}}
	for _, c := range []struct {
		name string
		w    Week
		now  string
		open bool
		next string
	}{
		{"nothing", nil, "2026-11-23 12:00", false, ""},
		{"before", noon, "2026-11-23 11:59", false, "2026-11-23 12:00"},
		{"begins", noon, "2026-11-23 12:00", true, "2026-11-23 13:00"},
		{"ends", noon, "2026-11-23 13:00", false, "2026-11-27 12:00"},
		{"over midnight", night, "2026-11-28 05:59", true, "2026-11-28 06:00"},
		{"after the night", night, "2026-11-28 06:00", false, "2026-12-04 22:00"},
		{"only on its day", night, "2026-11-26 23:00", false, "2026-11-27 22:00"},
		{"a whole day", on(time.Sunday, 0, 0), "2026-11-29 00:00", true, "2026-11-30 00:00"},
		{"two at once", append(on(time.Monday, 12*60+30, 14*60), noon...), "2026-11-23 12:45", true, "2026-11-23 14:00"},
		{"always", Week{{Days: week}}, "2026-11-23 12:10", true, ""},
		{"the night of summer's end", on(time.Sunday, 1*60, 4*60), "2026-10-25 03:30", true, "2026-10-25 04:00"},
		{"before an hour that does not come", on(time.Sunday, 2*60+30, 3*60+15), "2026-03-29 01:59", false, "2026-03-29 03:00"},
		{"after an hour that did not come", on(time.Sunday, 2*60+30, 3*60+15), "2026-03-29 03:10", true, "2026-03-29 03:15"},
		{"within an hour that does not come", on(time.Sunday, 2*60, 3*60), "2026-03-29 01:59", false, "2026-04-05 02:00"},
		{"the week before it does not come", on(time.Sunday, 2*60, 3*60), "2026-03-22 03:00", false, "2026-04-05 02:00"},
	} {
		open, next := c.w.Open(at(c.now)), c.w.Change(at(c.now))
		if want := opt(c.next); open != c.open || !next.Equal(want) {
			t.Errorf("%s: %v until %v, want %v until %v", c.name, open, next, c.open, want)
		}
	}
}

// TestTwice: an hour that comes twice is twice in a window, and changes are found
// where they are: the state is the same up to each and another from there.
func TestTwice(t *testing.T) {
	w := on(time.Sunday, 2*60+15, 2*60+45)
	now := at("2026-10-25 01:00")
	var changes []string
	for range 5 {
		open, next := w.Open(now), w.Change(now)
		if w.Open(next.Add(-time.Second)) != open || w.Open(next) == open {
			t.Errorf("another state before %v, or the same from then", next)
		}
		now = next
		changes = append(changes, next.Format("2 15:04 MST"))
	}
	want := []string{"25 02:15 CEST", "25 02:45 CEST", "25 02:15 CET", "25 02:45 CET", "1 02:15 CET"}
	if !slices.Equal(changes, want) {
		t.Errorf("%q, want %q", changes, want)
	}
}

// TestEnd: of the windows that are open each is taken by itself, so that one which
// follows on it is not passed over with it.
func TestEnd(t *testing.T) {
	monday := []time.Weekday{time.Monday}
	noon := on(time.Monday, 12*60, 13*60)
	for _, c := range []struct {
		name     string
		w        Week
		now, end string
	}{
		{"none", nil, "2026-11-23 12:30", ""},
		{"closed", noon, "2026-11-23 13:00", ""},
		{"one", noon, "2026-11-23 12:30", "2026-11-23 13:00"},
		{"the later of two", append(on(time.Monday, 11*60, 14*60), noon...), "2026-11-23 12:30", "2026-11-23 14:00"},
		{"not the next one", Week{{monday, 12 * 60, 13 * 60}, {monday, 13 * 60, 14 * 60}}, "2026-11-23 12:30", "2026-11-23 13:00"},
		{"of all that is always", Week{{Days: week}}, "2026-11-23 12:30", "2026-11-24 00:00"},
	} {
		if end := c.w.End(at(c.now)); !end.Equal(opt(c.end)) {
			t.Errorf("%s: %v, want %s", c.name, end, c.end)
		}
	}
}

func TestValidate(t *testing.T) {
	monday := []time.Weekday{time.Monday}
	for name, w := range map[string]Window{
		"no day": {From: 1, To: 2}, "no such day": {Days: []time.Weekday{7}}, "twice": {Days: []time.Weekday{1, 1}},
		"no such time": {Days: monday, From: day}, "negative": {Days: monday, To: -1},
	} {
		if err := (Week{w}).Validate(); !errors.Is(err, Err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := make(Week, MaxWindows+1).Validate(); !errors.Is(err, Err) {
		t.Error(err)
	}
	if err := on(time.Monday, 0, 0).Validate(); err != nil {
		t.Error(err)
	}
}
