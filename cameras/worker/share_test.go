package worker

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"lares/cameras/clock"
	"lares/cameras/internal/wire"
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

// TestONVIFHasAShare: the answers of the ONVIF device are read within the share too,
// over whichever connection they come.
func TestONVIFHasAShare(t *testing.T) {
	s := httptest.NewServer(&nvr{})
	defer s.Close()
	w := &worker{clock: clock.System{}, door: &door{}}
	w.start.ONVIF = wire.Target{URL: s.URL, Dial: strings.TrimPrefix(s.URL, "http://")}
	w.start.Main = w.start.ONVIF
	d := newDevice(w)
	looked := func() time.Time {
		d.share.mu.Lock()
		defer d.share.mu.Unlock()
		return d.share.budget.at
	}
	for range 2 {
		before := looked()
		_, _ = d.client.Profiles(t.Context())
		d.client.Close()
		if !looked().After(before) {
			t.Fatal("answers are read without a share")
		}
	}
}

// TestBudgetOfLess: who may use less of the processor waits for longer.
func TestBudgetOfLess(t *testing.T) {
	b := budget{part: eyeShare}
	now := time.Unix(1000, 0)
	b.wait(now, 0)
	if got := b.wait(now, cpuBurst+10*time.Millisecond); got != eyeShare*10*time.Millisecond {
		t.Errorf("wait %v", got)
	}
	now = now.Add(time.Second)
	if got := b.wait(now, cpuBurst+time.Second/eyeShare); got != 0 {
		t.Errorf("wait %v, with its share used and no more", got)
	}
}
