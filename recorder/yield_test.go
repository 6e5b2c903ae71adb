package recorder

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"lares/cameras/clock"
)

// TestReadersGiveWay: while a write waits for the disk, those who read wait until it is over,
// and for a bounded time; they read one after the other then, and for a moment behind it. Else
// nobody waits.
func TestReadersGiveWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		l := newLoad(clock.System{})
		w := &writes{clock: l.clock}
		// reads has so many read at once, for 100 ms each, and says when each began.
		reads := func(n int) (at []time.Duration) {
			var mu sync.Mutex
			var group sync.WaitGroup
			from := time.Now()
			for range n {
				group.Go(func() {
					done := l.yield()
					mu.Lock()
					at = append(at, time.Since(from))
					mu.Unlock()
					time.Sleep(100 * time.Millisecond)
					done()
				})
			}
			group.Wait()
			slices.Sort(at)
			return at
		}
		write := func(takes time.Duration) chan struct{} {
			over := make(chan struct{})
			go func() {
				defer close(over)
				if err := w.do(l, func() error { time.Sleep(takes); return nil }); err != nil {
					t.Error(err)
				}
			}()
			synctest.Wait()
			return over
		}
		ms := func(n ...int) (at []time.Duration) {
			for _, n := range n {
				at = append(at, time.Duration(n)*time.Millisecond)
			}
			return at
		}
		<-write(100 * time.Millisecond)
		if at := reads(3); !slices.Equal(at, ms(0, 0, 0)) {
			t.Errorf("of a quick disk they read after %v", at)
		}
		over := write(400 * time.Millisecond)
		if at := reads(1); !slices.Equal(at, ms(0)) {
			t.Errorf("a write that has just begun is waited for: %v", at)
		}
		time.Sleep(195 * time.Millisecond)                   // 295 ms of it
		if at := reads(2); !slices.Equal(at, ms(110, 210)) { // it is looked each 10 ms
			t.Errorf("behind a write they read after %v", at)
		}
		<-over
		if at := reads(2); !slices.Equal(at, ms(0, 100)) {
			t.Errorf("a moment behind it they read after %v", at)
		}
		time.Sleep(busyAfter)
		if at := reads(2); !slices.Equal(at, ms(0, 0)) {
			t.Errorf("later they read after %v", at)
		}
		over = write(time.Hour)
		time.Sleep(time.Second)
		if is := w.latency(time.Now()); is.Most != time.Second {
			t.Errorf("a write of a second is under way, and %+v told", is)
		}
		if at := reads(3); at[0] != yieldMost || at[2] > 4*yieldMost {
			t.Errorf("of a disk that stalls they read after %v", at)
		}
		<-over
		if is := w.latency(time.Now()); is.P99 != time.Hour || is.Most != time.Hour || len(w.syncs) != 2 {
			t.Errorf("they took %+v", is)
		}
		if time.Since(began) < time.Hour {
			t.Error("nothing was waited for")
		}
	})
}
