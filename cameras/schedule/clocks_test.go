package schedule

import (
	"slices"
	"testing"
	"time"

	"lares/cameras/media"
)

// changes walks from one change to the next, as who follows a schedule does, up to a time.
func changes(from, to time.Time, next func(time.Time) time.Time, is func(time.Time) string) (out []string) {
	out = []string{is(from)}
	for at := next(from); !at.IsZero() && at.Before(to); at = next(at) {
		out = append(out, at.Format("Mon 15:04 MST ")+is(at))
	}
	return out
}

// TestClocksChange says of each schedule what is switched from noon to noon, where an hour does not come and where one
// comes twice: what the clock on the wall shows counts. Nothing that is to be in an hour that comes is passed over, what ends in an
// hour that does not come ends with it, and each change is another state than the one before.
func TestClocksChange(t *testing.T) {
	const spring, autumn = "2026-03-28 12:00", "2026-10-24 12:00" // Saturdays
	every := func(from, to int) Week { return Week{{week, from, to}} }
	for _, c := range []struct {
		name, from string
		w          Week
		want       []string
	}{
		{"a night", spring, every(22*60, 6*60), []string{"closed", "Sat 22:00 CET open", "Sun 06:00 CEST closed"}},
		{"a night", autumn, every(22*60, 6*60), []string{"closed", "Sat 22:00 CEST open", "Sun 06:00 CET closed"}},
		{"begins at 02:30", spring, every(2*60+30, 5*60), []string{"closed", "Sun 03:00 CEST open", "Sun 05:00 CEST closed"}},
		{"begins at 02:30", autumn, every(2*60+30, 5*60), []string{"closed", "Sun 02:30 CEST open", "Sun 02:00 CET closed", "Sun 02:30 CET open", "Sun 05:00 CET closed"}},
		{"ends at 02:30", spring, every(22*60, 2*60+30), []string{"closed", "Sat 22:00 CET open", "Sun 03:00 CEST closed"}},
		{"ends at 02:30", autumn, every(22*60, 2*60+30), []string{"closed", "Sat 22:00 CEST open", "Sun 02:30 CEST closed", "Sun 02:00 CET open", "Sun 02:30 CET closed"}},
		{"a day from 02:30 on", spring, on(time.Saturday, 2*60+30, 2*60+30), []string{"open", "Sun 03:00 CEST closed"}},
		{"begins at 02:00", spring, every(2*60, 4*60), []string{"closed", "Sun 03:00 CEST open", "Sun 04:00 CEST closed"}},
		{"begins at 02:00", autumn, every(2*60, 4*60), []string{"closed", "Sun 02:00 CEST open", "Sun 04:00 CET closed"}},
		{"ends at 03:00", spring, every(60, 3*60), []string{"closed", "Sun 01:00 CET open", "Sun 03:00 CEST closed"}},
		{"ends at 03:00", autumn, every(60, 3*60), []string{"closed", "Sun 01:00 CEST open", "Sun 03:00 CET closed"}},
		{"begins at 03:00", spring, every(3*60, 4*60), []string{"closed", "Sun 03:00 CEST open", "Sun 04:00 CEST closed"}},
		{"begins at 03:00", autumn, every(3*60, 4*60), []string{"closed", "Sun 03:00 CET open", "Sun 04:00 CET closed"}},
		{"the hour itself", spring, every(2*60, 3*60), []string{"closed"}},
		{"the hour itself", autumn, every(2*60, 3*60), []string{"closed", "Sun 02:00 CEST open", "Sun 03:00 CET closed"}},
		{"two that meet in it", spring, append(every(60, 2*60+30), every(2*60+30, 4*60)...), []string{"closed", "Sun 01:00 CET open", "Sun 04:00 CEST closed"}},
		{"two that meet in it", autumn, append(every(60, 2*60+30), every(2*60+30, 4*60)...), []string{"closed", "Sun 01:00 CEST open", "Sun 04:00 CET closed"}},
		{"a day", spring, on(time.Sunday, 0, 0), []string{"closed", "Sun 00:00 CET open"}},
		{"a day", autumn, on(time.Sunday, 0, 0), []string{"closed", "Sun 00:00 CEST open"}},
	} {
		noon := at(c.from)
		got := changes(noon, noon.AddDate(0, 0, 1), c.w.Change, func(t time.Time) string {
			if c.w.Open(t) {
				return "open"
			}
			return "closed"
		})
		if !slices.Equal(got, c.want) {
			t.Errorf("%s, from %s on: %q, want %q", c.name, c.from, got, c.want)
		}
	}
}

// TestModesWhereClocksChange: of modes that follow each other in an hour that does not come, or comes twice, none
// is left out for longer than it is not its time, and none is told twice.
func TestModesWhereClocksChange(t *testing.T) {
	m := Modes{media.ModeEvents, []ModeWindow{{Window{week, 60, 2*60 + 30}, media.ModeOff}, {Window{week, 2*60 + 30, 4 * 60}, media.ModeBoth}}}
	for from, want := range map[string][]string{
		"2026-03-28 12:00": {"events", "Sun 01:00 CET off", "Sun 03:00 CEST both", "Sun 04:00 CEST events"},
		"2026-10-24 12:00": {"events", "Sun 01:00 CEST off", "Sun 02:30 CEST both", "Sun 02:00 CET off", "Sun 02:30 CET both", "Sun 04:00 CET events"},
	} {
		noon := at(from)
		got := changes(noon, noon.AddDate(0, 0, 1), func(t time.Time) time.Time { _, next := m.At(t); return next }, func(t time.Time) string {
			mode, _ := m.At(t)
			return string(mode)
		})
		if !slices.Equal(got, want) {
			t.Errorf("from %s on: %q, want %q", from, got, want)
		}
	}
	rare := Modes{media.ModeEvents, []ModeWindow{{Window{[]time.Weekday{time.Sunday}, 2 * 60, 3 * 60}, media.ModeOff}}}
	if mode, next := rare.At(at("2026-03-22 03:00")); mode != media.ModeEvents || !next.Equal(at("2026-04-05 02:00")) {
		t.Errorf("%q until %v", mode, next)
	}
}

// TestEveryZone goes through a year in places whose clocks change at midnight, by half an hour, or leave out a day, minute by
// minute: a schedule is switched when the clock on the wall says so, and at no other time.
func TestEveryZone(t *testing.T) {
	weeks := []Week{
		{{week, 0, 45}}, {{week, 22*60 + 30, 30}}, {{[]time.Weekday{time.Sunday, time.Friday}, 0, 0}},
		{{[]time.Weekday{time.Saturday}, 23 * 60, 90}, {[]time.Weekday{time.Sunday}, 105, 135}},
	}
	for _, zone := range []struct {
		name string
		days []string // about which clocks change
	}{
		{"America/Santiago", []string{"2026-04-05", "2026-09-06"}}, // at midnight
		{"Africa/Cairo", []string{"2026-04-24", "2026-10-30"}},     // at midnight, to the day before
		{"Australia/Lord_Howe", []string{"2026-04-05", "2026-10-04"}},
		{"Pacific/Apia", []string{"2011-12-30"}}, // a day that did not come
	} {
		place := must(time.LoadLocation(zone.name))
		for _, day := range zone.days {
			from, err := time.ParseInLocation(time.DateOnly, day, place)
			if err != nil {
				t.Fatal(err)
			}
			from = from.AddDate(0, 0, -2)
			for i, w := range weeks {
				next := w.Change(from)
				was := w.Open(from)
				for at := from; at.Before(from.AddDate(0, 0, 4)); at = at.Add(time.Minute) {
					is := w.Open(at)
					if is != was && !at.Equal(next) || is == was && at.Equal(next) {
						t.Fatalf("%s, %s, week %d: %v at %v, next %v", zone.name, day, i, is, at, next)
					}
					if is != was {
						was, next = is, w.Change(at)
					}
				}
			}
		}
	}
}

// TestEndWhereClocksChange: who ends a window early ends it for as long as it is.
func TestEndWhereClocksChange(t *testing.T) {
	w := on(time.Sunday, 60, 2*60+30)
	spring, autumn := at("2026-03-29 01:30"), at("2026-10-25 01:30")
	for now, want := range map[time.Time]string{
		spring: "03:00 CEST", autumn: "02:30 CEST", autumn.Add(45 * time.Minute): "02:30 CEST", autumn.Add(105 * time.Minute): "02:30 CET",
	} {
		if got := w.End(now).Format("15:04 MST"); got != want {
			t.Errorf("at %v: until %s, want %s", now, got, want)
		}
	}
}
