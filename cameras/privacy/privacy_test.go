package privacy

import (
	"errors"
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
		{"passed over", Setting{Windows: []Window{noon}, Skip: at("2026-11-23 13:00")}, "2026-11-23 12:10", false, "2026-11-23 13:00"},
		{"passed over before", Setting{Windows: []Window{noon}, Skip: at("2026-11-23 13:00")}, "2026-11-27 12:10", true, "2026-11-27 13:00"},
		{"the night of summer's end", Setting{Windows: []Window{{Days: []time.Weekday{time.Sunday}, From: 60, To: 4 * 60}}}, "2026-10-25 03:30", true, "2026-10-25 04:00"},
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
