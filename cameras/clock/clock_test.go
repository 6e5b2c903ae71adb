package clock_test

import (
	"testing"
	"time"

	"lares/cameras/clock"
)

func TestManualStandsStill(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	m := clock.NewManual(at)
	for range 2 {
		if !m.Now().Equal(at) {
			t.Error("it moves by itself")
		}
	}
	if got := m.Advance(-time.Hour); !got.Equal(at.Add(-time.Hour)) || !m.Now().Equal(got) {
		t.Errorf("at %v", got)
	}
}

func TestSystemMoves(t *testing.T) {
	before := time.Now()
	if now := (clock.System{}).Now(); now.Before(before) || now.Sub(before) > time.Minute {
		t.Errorf("%v, not %v", now, before)
	}
}
