package schedule

import (
	"errors"
	"testing"
	"time"
)

// TestRule: at each of these times, which are told by the clock on the wall, events
// begin or do not, and that changes by itself when it is said to.
func TestRule(t *testing.T) {
	night := Week{{Days: week, From: 22 * 60, To: 6 * 60}}
	for _, c := range []struct {
		name  string
		r     Rule
		now   string
		away  bool
		armed bool
		next  string
	}{
		{"nothing was said", Rule{}, "2026-11-23 12:00", false, true, ""},
		{"always", Rule{When: Always, Week: night}, "2026-11-23 12:00", false, true, ""},
		{"away", Rule{When: Away}, "2026-11-23 12:00", true, true, ""},
		{"at home", Rule{When: Away}, "2026-11-23 12:00", false, false, ""},
		{"at home by day", Rule{When: Away, Week: night}, "2026-11-23 12:00", false, false, "2026-11-23 22:00"},
		{"at home by night", Rule{When: Away, Week: night}, "2026-11-23 23:00", false, true, "2026-11-24 06:00"},
		{"away by day", Rule{When: Away, Week: night}, "2026-11-23 12:00", true, true, ""},
		{"by day", Rule{When: Weekly, Week: night}, "2026-11-23 12:00", true, false, "2026-11-23 22:00"},
		{"by night", Rule{When: Weekly, Week: night}, "2026-11-24 05:59", false, true, "2026-11-24 06:00"},
		{"the longest night", Rule{When: Weekly, Week: night}, "2026-10-24 23:00", false, true, "2026-10-25 06:00"},
		{"the shortest night", Rule{When: Weekly, Week: night}, "2026-03-28 23:00", false, true, "2026-03-29 06:00"},
	} {
		armed, next := c.r.At(at(c.now), c.away)
		if armed != c.armed || !next.Equal(opt(c.next)) {
			t.Errorf("%s: %v until %v, want %v until %s", c.name, armed, next, c.armed, c.next)
		}
	}
	if _, next := (Rule{When: Weekly, Week: night}).At(at("2026-10-24 23:00"), false); next.Sub(at("2026-10-24 22:00")) != 9*time.Hour {
		t.Error("the night in which an hour comes twice is not an hour longer")
	}
}

func TestRuleValidate(t *testing.T) {
	monday := on(time.Monday, 60, 120)
	for _, r := range []Rule{{}, {When: Always}, {When: Always, Week: monday}, {When: Away}, {When: Away, Week: monday}, {When: Weekly, Week: monday}} {
		if err := r.Validate(); err != nil {
			t.Errorf("%+v: %v", r, err)
		}
	}
	for _, r := range []Rule{{When: Weekly}, {When: "never"}, {When: Away, Week: Week{{From: 1}}}, {When: Always, Week: Week{{From: 1}}}} {
		if err := r.Validate(); !errors.Is(err, Err) {
			t.Errorf("%+v: %v", r, err)
		}
	}
}
