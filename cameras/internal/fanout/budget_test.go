package fanout

import (
	"testing"
	"time"

	"lares/cameras/media"
)

// TestWaitingIsBounded: what waits for all readers of the past stays below the budget; whose
// most waits loses it, and who has little, or reads, loses nothing. What a ring holds anyway
// does not count, and viewers have a bound of their own.
func TestWaitingIsBounded(t *testing.T) {
	const most = 8 << 20
	b := NewBudget(most)
	cam := func(id byte, size int) *source {
		return &source{s: New(media.CameraID{id}, time.Second, b), run: media.NewRunID(), gop: 10, size: size, now: time.Unix(1e9, 0)}
	}
	large, small, read := cam(1, 100<<10), cam(2, 5<<10), cam(3, 100<<10)
	readers := map[*source]*Reader{}
	for _, c := range []*source{large, small, read} {
		c.config()
		c.pictures(10)
		readers[c] = c.read(t, time.Millisecond)
	}
	viewer := large.read(t, 0)
	step := func(n int) {
		for range n {
			for _, c := range []*source{large, small, read} {
				c.pictures(1)
			}
			drain(t, readers[read])
			if b.sum > most {
				t.Fatalf("%d bytes wait, %d may", b.sum, most)
			}
		}
	}
	step(20)
	if b.sum == 0 {
		t.Fatal("what waits does not count")
	}
	if held := b.held[readers[small]]; held >= 20*(5<<10+entryCost) {
		t.Errorf("%d bytes of what the ring holds count", held)
	}
	step(480) // 50 MB of the large one
	for readers[large].Queue().Units == 0 {
		step(1)
	}
	got := drain(t, readers[small])
	if n := small.n; len(got) != 1+n || got[1] != 0 || got[n] != n-1 || readers[small].Queue().Dropped != 0 {
		t.Errorf("who has little has %d units, %v", len(got), first(got, 3))
	}
	q := readers[large].Queue()
	got = drain(t, readers[large])
	pictures := int64(len(got) - 2) // beside the loss and the configuration
	if len(got) < 3 || got[0] != -2 || got[1] != -1 || got[2]%10 != 0 || q.Dropped == 0 || q.Dropped+pictures != int64(large.n) {
		t.Errorf("%v, %+v", first(got, 4), q)
	}
	if viewer.Queue().Dropped == 0 || b.held[viewer] != 0 {
		t.Errorf("a viewer lost %d pictures, and has %d in the budget", viewer.Queue().Dropped, b.held[viewer])
	}
	if len(b.held) > 0 || b.sum != 0 {
		t.Errorf("nothing waits, and %d bytes count", b.sum)
	}
	step(20)
	for _, r := range readers {
		r.Close()
	}
	if len(b.held) > 0 || b.sum != 0 {
		t.Errorf("of closed readers %d bytes count", b.sum)
	}
}

// TestHalfWaits: a reader says when half of what may wait does, for itself in units or bytes, or for all together.
func TestHalfWaits(t *testing.T) {
	for name, c := range map[string]struct {
		most, size, pictures int
	}{
		"units":          {1 << 30, 10, maxUnitsRecorder / 2},
		"bytes":          {1 << 30, 1 << 20, maxQueueRecorder >> 21},
		"of all of them": {4 << 20, 100 << 10, 40},
	} {
		t.Run(name, func(t *testing.T) {
			b := NewBudget(c.most)
			of := func(id byte, size int) (*source, *Reader) {
				s := &source{s: New(media.CameraID{id}, time.Second, b), run: media.NewRunID(), gop: 10, size: size, now: time.Unix(1e9, 0)}
				s.config()
				s.pictures(10)
				return s, s.read(t, time.Millisecond)
			}
			large, much := of(1, c.size)
			_, other := of(2, 10)
			n := 0
			for ; n < 2*c.pictures && !much.Queue().Half; n++ {
				large.pictures(1)
			}
			if n < c.pictures/4 || n == 2*c.pictures {
				t.Errorf("half is said of %d pictures", n)
			}
			if all := name == "of all of them"; other.Queue().Half != all {
				t.Errorf("half waits for another: %v", !all)
			}
			much.Close()
			if other.Queue().Half {
				t.Error("half of nothing waits")
			}
		})
	}
}
