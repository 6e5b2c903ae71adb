package fanout

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"lares/cameras/media"
)

// source makes the units of an imagined camera: one picture per 100 ms, an IDR
// each gop pictures.
type source struct {
	s    *Stream
	run  media.RunID
	seq  uint64
	n    int
	gop  int
	size int
	now  time.Time
}

func newSource(preRoll time.Duration, gop int) *source {
	return &source{s: New(media.CameraID{1}, preRoll, NewBudget(MaxWaiting)), run: media.NewRunID(), gop: gop, size: 100, now: time.Unix(1e9, 0)}
}

func (c *source) unit(t media.UnitType, sync bool) {
	u := media.Unit{Run: c.run, Stream: media.StreamMain, Type: t, Sync: sync, Seq: c.seq, PTS: int64(c.n), Received: c.now, Sealed: make([]byte, c.size)}
	c.seq++
	c.s.Push(u)
}

func (c *source) config() { c.unit(media.UnitConfig, false) }

func (c *source) pictures(n int) {
	for range n {
		c.unit(media.UnitVideo, c.n%c.gop == 0)
		c.n++
		c.now = c.now.Add(100 * time.Millisecond)
	}
}

func (c *source) read(t *testing.T, preRoll time.Duration) *Reader {
	t.Helper()
	r, err := c.s.Read(preRoll, c.now)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// drain reads all that is queued: -1 stands for a configuration, -2 for
// ErrLagging, else the number of the picture.
func drain(t *testing.T, r *Reader) []int {
	t.Helper()
	var got []int
	for {
		u, err, ok := r.take()
		switch {
		case !ok:
			return got
		case errors.Is(err, media.ErrLagging):
			got = append(got, -2)
		case err != nil:
			t.Fatal(err)
		case u.Type == media.UnitConfig:
			got = append(got, -1)
		default:
			got = append(got, int(u.PTS))
		}
	}
}

func first(got []int, n int) []int { return got[:min(n, len(got))] }

func equal(t *testing.T, what string, got []int, want ...int) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %v, want %v", what, got, want)
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("%s: %v, want %v", what, got, want)
		}
	}
}

func TestStartPoints(t *testing.T) {
	c := newSource(5*time.Second, 20)
	c.pictures(3) // before any configuration: dropped
	equal(t, "before a configuration", drain(t, c.read(t, 0)))
	c.n = 0
	c.config()
	c.pictures(100) // IDRs 0 20 40 60 80; now = 100
	equal(t, "live", first(drain(t, c.read(t, 0)), 3), -1, 80, 81)
	equal(t, "1 s: the newest IDR at least so old", first(drain(t, c.read(t, time.Second)), 3), -1, 80, 81)
	equal(t, "2.1 s", first(drain(t, c.read(t, 2100*time.Millisecond)), 2), -1, 60)
	got := drain(t, c.read(t, 5*time.Second))
	equal(t, "5 s", first(got, 2), -1, 40)
	if len(got) != 1+60 {
		t.Fatalf("%d units instead of all since the start", len(got))
	}
	equal(t, "more than is kept: the oldest", first(drain(t, c.read(t, time.Hour)), 2), -1, 40)
	if c.s.ring.at(0).unit.PTS != 40 {
		t.Fatalf("the ring begins at %d", c.s.ring.at(0).unit.PTS)
	}
}

func TestSilentStreamIsNoStart(t *testing.T) {
	c := newSource(5*time.Second, 20)
	c.config()
	c.pictures(30)
	c.now = c.now.Add(11 * time.Second)
	r := c.read(t, 5*time.Second)
	equal(t, "after silence", drain(t, r))
	c.pictures(11) // 30 … 40
	equal(t, "the next IDR", drain(t, r), -1, 40)
}

func TestNewest(t *testing.T) {
	c := newSource(time.Second, 5)
	is := func(want time.Time) {
		t.Helper()
		if got := c.s.Newest(); !got.Equal(want) {
			t.Errorf("the newest is of %v, not %v", got, want)
		}
	}
	c.pictures(3) // without a configuration
	is(time.Time{})
	c.config()
	c.pictures(1) // none stands alone yet
	is(time.Time{})
	c.pictures(14)
	last := c.now.Add(-100 * time.Millisecond)
	is(last)
	c.now = c.now.Add(time.Minute)
	c.unit(media.UnitAudio, false) // a camera that is heard only
	is(last)
	c.s.Clear()
	is(time.Time{})
}

func TestConfigurationFollows(t *testing.T) {
	c := newSource(10*time.Second, 10)
	c.config()
	c.pictures(15)
	r := c.read(t, 0)
	equal(t, "start", first(drain(t, r), 2), -1, 10)
	c.config()
	c.pictures(2)
	equal(t, "a change in the middle", drain(t, r), -1, 15, 16)
	old := c.read(t, 10*time.Second)
	equal(t, "the past has its own configuration", first(drain(t, old), 2), -1, 0)
	c.pictures(4)
	equal(t, "no configuration without a change", drain(t, r), 17, 18, 19, 20)
	r.Close()
	old.Close()
	if c.s.Readers() != 0 {
		t.Fatal("a closed reader stayed")
	}
}

func TestLiveReaderStartsInTheCurrentRun(t *testing.T) {
	c := newSource(10*time.Second, 10)
	c.config()
	c.pictures(15)
	c.run = media.NewRunID() // a rekey between two IDRs
	c.config()
	c.pictures(1)
	live, past := c.read(t, 0), c.read(t, 10*time.Second)
	equal(t, "live waits", drain(t, live))
	equal(t, "pre-roll may begin in the old run", first(drain(t, past), 2), -1, 0)
	c.pictures(5) // 16 … 20
	equal(t, "live begins at the next IDR", drain(t, live), -1, 20)
}

func TestSlowReaderDropsToTheNextIDR(t *testing.T) {
	c := newSource(time.Second, 100)
	c.config()
	c.pictures(1)
	slow, quick := c.read(t, 0), c.read(t, 0)
	read := drain(t, quick)
	for range maxUnitsViewer + 200 {
		c.pictures(1)
		read = append(read, drain(t, quick)...)
	}
	for i, n := range read[1:] {
		if n != i {
			t.Fatalf("the quick reader got %d as picture %d", n, i)
		}
	}
	got := drain(t, slow)
	if len(got) < 3 || got[0] != -2 || got[1] != -1 || got[2]%100 != 0 {
		t.Fatalf("after the drop: %v", first(got, 5))
	}
	for i := 3; i < len(got); i++ {
		if got[i] != got[i-1]+1 {
			t.Fatalf("picture %d after %d", got[i], got[i-1])
		}
	}
	c.size = 3 << 20
	c.pictures(4)
	equal(t, "bytes count too", drain(t, slow), -2)
}

func TestRingIsBounded(t *testing.T) {
	c := newSource(time.Hour, 10)
	c.size = 1 << 20
	c.config()
	c.pictures(500)
	if c.s.ring.bytes > MaxRing || c.s.ring.len() > 64 {
		t.Fatalf("%d bytes in %d units", c.s.ring.bytes, c.s.ring.len())
	}
	if u := c.s.ring.at(0).unit; !u.Sync {
		t.Fatal("the ring does not begin with an IDR")
	}
	c.gop = 1 << 30
	c.pictures(100)
	if c.s.ring.bytes > MaxRing {
		t.Fatal("an endless group of pictures is kept")
	}
	c.size, c.gop = 0, 10
	c.pictures(MaxRing/entryCost + 1000)
	if n := c.s.ring.len(); n > MaxRing/entryCost {
		t.Fatalf("%d units of nothing are kept", n)
	}
	sum := 0
	for i := range c.s.ring.len() {
		sum += c.s.ring.at(i).cost()
	}
	if sum != c.s.ring.bytes {
		t.Fatalf("counted %d bytes, hold %d", c.s.ring.bytes, sum)
	}
}

func TestReaderEnds(t *testing.T) {
	c := newSource(time.Second, 10)
	c.config()
	c.pictures(2)
	r, other := c.read(t, 0), c.read(t, 0)
	drain(t, other)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := other.Next(ctx); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() { _, err := other.Next(context.Background()); done <- err }()
	other.Close()
	other.Close()
	if err := <-done; !errors.Is(err, media.ErrClosed) {
		t.Fatal(err)
	}
	c.s.Close()
	c.s.Close()
	for range 3 {
		if _, err := r.Next(t.Context()); err != nil {
			t.Fatal("what was queued before the end is lost:", err)
		}
	}
	if _, err := r.Next(t.Context()); !errors.Is(err, media.ErrClosed) {
		t.Fatal(err)
	}
	if _, err := c.s.Read(0, c.now); !errors.Is(err, ErrEnded) {
		t.Fatal(err)
	}
}

// TestRest has who reads of the past look for units now and then, for many at once at the latest
// when half of what may wait for it does, and who watches be woken by each.
func TestRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newSource(time.Second, 10)
		c.config()
		c.pictures(1)
		past, viewer := c.read(t, time.Second), c.read(t, 0)
		after := func(r *Reader, pictures int) time.Duration {
			t.Helper()
			drain(t, r)
			began := time.Now()
			go func() {
				time.Sleep(time.Millisecond)
				c.pictures(pictures)
			}()
			if _, err := r.Next(t.Context()); err != nil {
				t.Fatal(err)
			}
			took := time.Since(began)
			synctest.Wait()
			return took
		}
		if took := after(viewer, 1); took != time.Millisecond {
			t.Fatalf("a viewer waits %v", took)
		}
		if took := after(past, 2); took != rest-time.Millisecond {
			t.Fatalf("two pictures are looked for after %v", took)
		}
		if got := drain(t, past); len(got) != 1 {
			t.Fatalf("behind the first: %v", got)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Millisecond)
		defer cancel()
		go func() {
			time.Sleep(time.Millisecond)
			c.pictures(1)
		}()
		if _, err := past.Next(ctx); err != nil {
			t.Fatalf("what came before somebody gives up: %v", err)
		}
		synctest.Wait()
		if took := after(past, past.allowUnits/2+1); took != time.Millisecond {
			t.Fatalf("half of what may wait is looked for after %v", took)
		}
	})
}

// TestPushNeverBlocks pushes beside readers that do not read, that read, and
// that come and go; it is for the race detector as well.
func TestPushNeverBlocks(t *testing.T) {
	c := newSource(2*time.Second, 10)
	c.config()
	for range 10 {
		c.read(t, 0) // never read from
	}
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for ctx.Err() == nil {
				r, err := c.s.Read(time.Second, time.Unix(1e9, 0))
				if err != nil {
					return
				}
				for range 20 {
					if _, err := r.Next(ctx); err != nil && !errors.Is(err, media.ErrLagging) {
						break
					}
				}
				r.Close()
			}
		})
	}
	c.pictures(3000)
	cancel()
	wg.Wait()
	if c.s.Readers() != 10 {
		t.Fatal(c.s.Readers())
	}
}

func BenchmarkPush(b *testing.B) {
	c := newSource(5*time.Second, 30)
	c.size = 20_000
	c.config()
	r, err := c.s.Read(0, c.now)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		c.pictures(1)
		for {
			if _, _, ok := r.take(); !ok {
				break
			}
		}
	}
}

// TestClear: of what came before, neither who reads already nor who begins to
// gets anything more.
func TestClear(t *testing.T) {
	c := newSource(5*time.Second, 10)
	c.config()
	open := c.read(t, 0)
	c.pictures(15)
	c.s.Clear()
	equal(t, "open", drain(t, open), -2)
	equal(t, "new", drain(t, c.read(t, 5*time.Second)))
	c.pictures(10) // with an IDR, but of no configuration
	equal(t, "without a configuration", drain(t, open))
	late := c.read(t, 5*time.Second)
	c.config()
	c.pictures(6) // 25 to 30
	equal(t, "open, later", drain(t, open), -1, 30)
	equal(t, "new, later", drain(t, late), -1, 30)
}
