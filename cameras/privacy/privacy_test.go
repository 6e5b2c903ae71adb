package privacy

import (
	"testing"
	"time"
	_ "time/tzdata" // the machine may have no time zones

	"lares/cameras/schedule"
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

// 2026-11-23 is a Monday.
func TestAt(t *testing.T) {
	noon := schedule.Window{Days: []time.Weekday{time.Monday, time.Friday}, From: 12 * 60, To: 13 * 60}
	for _, c := range []struct {
		name string
		s    Setting
		now  string
		off  bool
		next string
	}{
		{"nothing", Setting{}, "2026-11-23 12:00", false, ""},
		{"said so", Setting{On: true, Windows: schedule.Week{noon}}, "2026-11-24 12:00", true, ""},
		{"passed over", Setting{Windows: schedule.Week{noon}, Skip: at("2026-11-23 13:00")}, "2026-11-23 12:10", false, "2026-11-27 12:00"},
		{"passed over to the next one", Setting{Windows: schedule.Week{noon, {Days: []time.Weekday{time.Monday}, From: 13 * 60, To: 14 * 60}}, Skip: at("2026-11-23 13:00")}, "2026-11-23 12:10", false, "2026-11-23 13:00"},
		{"a clock that was set back", Setting{Windows: schedule.Week{noon}, Skip: at("2026-11-27 13:00")}, "2026-11-23 12:10", true, "2026-11-23 13:00"},
		{"passed over before", Setting{Windows: schedule.Week{noon}, Skip: at("2026-11-23 13:00")}, "2026-11-27 12:10", true, "2026-11-27 13:00"},
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
	s := Setting{On: true, Windows: schedule.Week{{Days: []time.Weekday{time.Monday}, From: 12 * 60, To: 13 * 60}}}
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

// TestOffWhereClocksChange: a day of privacy that somebody ends at its begin is over for all of it, also where it has 25
// hours; and one that is not ended has all of them.
func TestOffWhereClocksChange(t *testing.T) {
	sunday := Setting{Windows: schedule.Week{{Days: []time.Weekday{time.Sunday}}}}
	for _, c := range []struct{ from, to string }{{"2026-03-29 00:00", "2026-03-30 00:00"}, {"2026-10-25 00:00", "2026-10-26 00:00"}} {
		from, to := at(c.from), at(c.to)
		ended := sunday.Off(from)
		for now := from; now.Before(to); now = now.Add(15 * time.Minute) {
			if off, next := sunday.At(now); !off || !next.Equal(to) {
				t.Fatalf("at %v: off %v until %v", now, off, next)
			}
			if off, _ := ended.At(now); off {
				t.Fatalf("at %v: off, though somebody put it on until %v", now, ended.Skip)
			}
		}
		if off, next := ended.At(to); off || next.Weekday() != time.Sunday {
			t.Errorf("at %v: off %v until %v", to, off, next)
		}
	}
}

// TestOffOfAll: a camera that is always off is put on for the rest of the day.
func TestOffOfAll(t *testing.T) {
	s := Setting{Windows: schedule.Week{{Days: week}}}.Off(at("2026-11-23 12:30"))
	if off, next := s.At(at("2026-11-23 12:30")); off || !next.Equal(at("2026-11-24 00:00")) {
		t.Errorf("off %v until %v", off, next)
	}
	if off, _ := s.At(at("2026-11-24 00:00")); !off {
		t.Error("on the next day it is on")
	}
}
