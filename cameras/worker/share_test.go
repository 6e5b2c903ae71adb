package worker

import (
	"testing"
	"time"
)

func TestBudget(t *testing.T) {
	var b budget
	now, spent := time.Unix(1000, 0), 7*time.Second // before the connection
	for i, step := range []struct{ real, used, want time.Duration }{
		{0, 0, 0},
		{time.Second, time.Second / 2, 0},
		{time.Second, 100 * time.Millisecond, 0},
		{time.Second, 1500 * time.Millisecond, 0}, // the burst
		{time.Second, 600 * time.Millisecond, 200 * time.Millisecond},
		{200 * time.Millisecond, 0, 0}, // even again
		{time.Second, time.Second, cpuPause},
		{cpuPause, 0, cpuPause},
		{cpuPause, 0, cpuPause},
		{cpuPause, 0, cpuPause},
		{cpuPause, 0, 0},
		{time.Hour, 0, 0},
		{0, cpuBurst, 0}, // quiet hours are not saved up
		{0, 10 * time.Millisecond, 20 * time.Millisecond},
	} {
		now, spent = now.Add(step.real), spent+step.used
		if got := b.wait(now, spent); got != step.want {
			t.Errorf("step %d: wait %v, not %v", i, got, step.want)
		}
	}
}
