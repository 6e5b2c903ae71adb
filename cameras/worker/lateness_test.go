package worker

import (
	"testing"
	"time"
)

// TestDeviceClock: whole seconds, asked for at the right moments, tell a clock to some
// hundredths of a second, in no more questions than are allowed.
func TestDeviceClock(t *testing.T) {
	for _, far := range []time.Duration{0, 1, 499 * time.Millisecond, 1_700_000_000*time.Second + 123_456_789, time.Second - 1} {
		for _, way := range []time.Duration{0, time.Millisecond, 12 * time.Millisecond} { // there, and back
			now := epoch
			var a *ahead
			for n := 0; n < clockReadings && (n == 0 || a.width() > clockExact); n++ {
				if a != nil {
					now += a.turns(now)
				}
				began := now
				at := time.Unix(0, int64(now+way+far)).Truncate(time.Second)
				now += 2 * way
				if a = a.told(at, began, now); a == nil || far < a.least || far > a.most {
					t.Fatalf("%v ahead, %v away: between %+v", far, way, a)
				}
			}
			if a.width() > max(clockExact, 5*way) {
				t.Errorf("%v ahead, %v away: between %+v after all questions", far, way, a)
			}
			if a.told(time.Unix(0, int64(now+far)).Truncate(time.Second).Add(3*time.Second), now, now) != nil {
				t.Error("a clock that was set is told as before")
			}
		}
	}
}

// TestLate: what was taken when is told by one clock, or not at all.
func TestLate(t *testing.T) {
	c := newDeviceClock()
	far := 1_700_000_000 * time.Second
	taken := func(at time.Duration) time.Time { return time.Unix(0, int64(far+at)) }
	if got := c.late(taken(epoch), epoch+time.Second); got != 0 || len(c.wanted) != 1 {
		t.Errorf("%v by a clock that nobody read, %d asked to", got, len(c.wanted))
	}
	c.ahead.Store(&ahead{far - 10*time.Millisecond, far + 10*time.Millisecond})
	for ago, want := range map[time.Duration]time.Duration{
		3 * time.Second: 3 * time.Second, 40 * time.Millisecond: 40 * time.Millisecond, 0: time.Millisecond, -15 * time.Millisecond: time.Millisecond,
		-time.Second: 0, time.Hour: 0, mostLate + 1: 0, -8 * 8766 * time.Hour: 0,
	} {
		if got := c.late(taken(epoch), epoch+ago); got != want {
			t.Errorf("taken %v ago: %v, not %v", ago, got, want)
		}
	}
	var s streamStats
	for _, by := range []time.Duration{0, 2 * time.Second, 4 * time.Second, 0} {
		s.packet()
		s.late(by)
	}
	if got, _ := s.take(); got.LateMS != 3000 {
		t.Errorf("%d ms on average", got.LateMS)
	}
	s.packet()
	if got, _ := s.take(); got.LateMS != 0 {
		t.Errorf("%d ms of nothing", got.LateMS)
	}
}
