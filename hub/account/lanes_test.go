package account

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
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

// TestManyNamesAtOnce: one source that tries forty names at once, over either way
// in, keeps nobody else from signing in before most of them are answered.
func TestManyNamesAtOnce(t *testing.T) {
	const names = 40
	for way, try := range map[string]func(r *rig, name string) error{
		"sign-in": func(r *rig, name string) error {
			_, err := r.SignIn(r.t.Context(), from("192.0.2.66"), name, good)
			return err
		},
		"recovery": func(r *rig, name string) error {
			_, _, err := r.Recover(r.t.Context(), from("192.0.2.66"), name, "a code that is none", good)
			return err
		},
	} {
		r, _ := claimedCostly(t)
		var answered atomic.Int32
		var flood sync.WaitGroup
		for i := range names {
			flood.Go(func() {
				if err := try(r, fmt.Sprintf("nobody %d", i)); err == nil {
					t.Errorf("%s: nobody %d is let in", way, i)
				}
				answered.Add(1)
			})
		}
		for r.lanes.waiting("192.0.2.66")+int(answered.Load()) < names { // until all stand in line
			runtime.Gosched()
		}
		before := answered.Load()
		if _, err := r.SignIn(t.Context(), from("192.0.2.7"), "ann", good); err != nil {
			t.Errorf("%s: %v", way, err)
		}
		if n := answered.Load() - before; n >= names/2 {
			t.Errorf("%s: %d of the other source were answered first", way, n)
		}
		flood.Wait()
	}
}

// waiting is how many of a source are under way or wait.
func (l *lanes) waiting(source string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if k := l.lanes[source]; k != nil {
		return k.in
	}
	return 0
}
