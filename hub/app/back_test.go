package app

import (
	"testing"
	"time"
)

// TestBack: what people write for a time that is over, and what is none.
func TestBack(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 8, 18, 0, 0, 0, time.FixedZone("", 2*60*60))
	for text, want := range map[string]time.Duration{
		"0": 0, "90m": 90 * time.Minute, "36h": 36 * time.Hour, "7d": 7 * 24 * time.Hour, "0d": 0,
		"2026-03-08": 18 * time.Hour, "2026-03-07 17:30": 24*time.Hour + 30*time.Minute, "2026-03-08 17:59:30": 30 * time.Second, "2026-03-08T15:00:00Z": time.Hour,
		"2026-03-09": -6 * time.Hour,
	} {
		if got, err := back(text, now); err != nil || got != want {
			t.Errorf("%q: %v, want %v, %v", text, got, want, err)
		}
	}
	for _, text := range []string{"", "d", "7", "-1d", "999999999d", "1.5d", "yesterday", "2026-13-01", "2026-03-01 25:00"} {
		if got, err := back(text, now); err == nil {
			t.Errorf("%q is %v", text, got)
		}
	}
}
