package account

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
)

// TestLanes: one source fills its own lane and no other's; who waits is bounded,
// who leaves gives the place back, and nothing is kept of a source that is done.
func TestLanes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLanes()
		ctx, cancel := context.WithCancel(t.Context())
		var leave []func()
		for range laneWidth {
			out, err := l.enter(ctx, "192.0.2.1")
			if err != nil {
				t.Fatal(err)
			}
			leave = append(leave, out)
		}
		entered := make(chan func(), laneWaiting)
		refused := make(chan error, laneWaiting)
		for range laneWaiting - laneWidth {
			go func() {
				out, err := l.enter(ctx, "192.0.2.1")
				if err != nil {
					refused <- err
					return
				}
				entered <- out
			}()
		}
		synctest.Wait()
		if len(entered) != 0 {
			t.Errorf("%d more than its width are under way", len(entered))
		}
		var throttled ErrThrottled
		if _, err := l.enter(ctx, "192.0.2.1"); !errors.As(err, &throttled) || throttled.RetryAfter <= 0 {
			t.Errorf("beyond the bound: %v", err)
		}
		other, err := l.enter(ctx, "192.0.2.2")
		if err != nil {
			t.Fatalf("another source: %v", err)
		}
		other()
		leave[0]()
		synctest.Wait()
		if len(entered) != 1 {
			t.Errorf("%d got the turn that was given back", len(entered))
		}
		cancel()
		synctest.Wait()
		if len(refused) != laneWaiting-laneWidth-1 {
			t.Errorf("%d left with their context", len(refused))
		}
		for _, out := range append(leave[1:], <-entered) {
			out()
		}
		if len(l.lanes) != 0 {
			t.Errorf("%d lanes are kept", len(l.lanes))
		}
	})
}
