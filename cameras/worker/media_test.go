package worker

import (
	"errors"
	"strings"
	"testing"
	"time"

	"lares/cameras/internal/wire"
)

func TestTimeline(t *testing.T) {
	const s = time.Second
	for name, c := range map[string]struct {
		rtp  []uint32
		now  []time.Duration
		want []int64
	}{
		"begins at arrival":     {[]uint32{5, 9005}, []time.Duration{2 * s, 2*s + 130*time.Millisecond}, []int64{180_000, 189_000}},
		"wraps":                 {[]uint32{0xfffffff0, 8984}, []time.Duration{s, 2 * s}, []int64{90_000, 99_000}},
		"B pictures":            {[]uint32{9000, 27000, 18000}, []time.Duration{s, s, s}, []int64{90_000, 108_000, 99_000}},
		"an hour ahead":         {[]uint32{0, 3600 * 90_000}, []time.Duration{s, 2 * s}, []int64{90_000, 180_000}},
		"an hour back":          {[]uint32{3600 * 90_000, 0}, []time.Duration{s, 2 * s}, []int64{90_000, 180_000}},
		"back, no time between": {[]uint32{900_000, 0}, []time.Duration{s, s}, []int64{90_000, 90_001}},
		"runs away":             {[]uint32{0, 810_000, 1_620_000}, []time.Duration{s, 2 * s, 3 * s}, []int64{90_000, 900_000, 900_001}},
		"stalled, then on":      {[]uint32{0, 900}, []time.Duration{s, 13 * s}, []int64{90_000, 1_170_000}},
	} {
		line := newTimeline(90_000, 0)
		for i, r := range c.rtp {
			if got := line.at(r, c.now[i]); got != c.want[i] {
				t.Errorf("%s: unit %d at %d, want %d", name, i, got, c.want[i])
			}
		}
	}
	if got := newTimeline(90_000, 500_000).at(0, s); got != 500_001 {
		t.Errorf("the second connection begins at %d, within the first", got)
	}
	if got := ticks(365*24*time.Hour, 90_000); got != 365*24*3600*90_000 {
		t.Errorf("after a year: %d", got)
	}
}

func TestLipSync(t *testing.T) {
	wall := time.Unix(1e9, 0)
	var l lipSync
	if l.correction(48_000, 48_000, wall) != 0 {
		t.Error("corrected without a picture")
	}
	l.picture(900_000, 90_000, wall) // at 10 s
	for name, c := range map[string]struct {
		at   int64
		ntp  time.Time
		want int64
	}{
		"agrees":           {480_000, wall, 0},
		"nearly":           {480_000, wall.Add(20 * time.Millisecond), 0},
		"sound too late":   {480_000 + 9_600, wall, -9_600},
		"sound too early":  {480_000, wall.Add(500 * time.Millisecond), 24_000},
		"not one clock":    {480_000, wall.Add(time.Hour), 0},
		"beyond all sense": {480_000, wall.Add(30 * time.Second), 0},
	} {
		if got := l.correction(c.at, 48_000, c.ntp); got != c.want {
			t.Errorf("%s: moved by %d, want %d", name, got, c.want)
		}
	}
	s := sound{}
	for i, at := range []int64{5, 5, 4, 6} {
		if s.rises(at) != (i == 0 || i == 3) {
			t.Errorf("frame %d at %d", i, at)
		}
	}
}

func TestRetryRules(t *testing.T) {
	soon, rare := failed(wire.Unreachable, "x"), failed(wire.WrongPassword, "x")
	for range 50 {
		if d := retryIn(soon, time.Minute); d != time.Second {
			t.Fatal(d)
		}
		if d := retryIn(soon, 3*time.Minute); d < 1600*time.Millisecond || d > 2400*time.Millisecond {
			t.Fatal(d)
		}
		if d := retryIn(rare, 0); d != time.Minute {
			t.Fatal(d)
		}
	}
	if f := explain(errors.New("dial rtsp://user:hunter2@x"), "10.0.0.5:554", true); strings.Contains(f.Error(), "hunter2") {
		t.Error(f)
	}
}
