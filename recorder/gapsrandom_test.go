package recorder

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"lares/cameras/media"
	"lares/recorder/internal/pool"
)

// life is a house in which things go wrong at random, and what its gaps are held against.
type life struct {
	*house
	random  *rand.Rand
	drift   time.Duration // of the camera's clock: 1 or -1
	mode    media.Mode
	since   time.Time                     // it is recorded in that mode
	lists   chan struct{}                 // the start waits for it; nil without
	settled time.Time                     // when what was missing before the start is told; zero before that is known
	stuck   atomic.Pointer[chan struct{}] // the disk waits for it; nil while it answers
	answers time.Time                     // since when it does
	away    bool
	dropped bool                 // its worker went with it
	came    map[uint64]time.Time // when each picture did
	could   []time.Time          // those that came while the hub ran
}

func newLife(t *testing.T, mode media.Mode, seed uint64) *life {
	l := &life{house: newHouse(t), random: rand.New(rand.NewPCG(seed, 5)), drift: time.Duration(1 - 2*int(seed%2)), mode: mode, came: map[uint64]time.Time{}}
	l.since = l.clock.Now()
	l.start(l.change)
	l.r.Plan(l.cam.id, Plan{Mode: l.mode})
	l.goes(30)
	return l
}

// upTo is a number from one on.
func (l *life) upTo(most int) int { return 1 + l.random.IntN(most) }

// change has rows gather, and the disk wait.
func (l *life) change(c *Config, r *Recorder) {
	c.MaxClip = 20 * time.Second
	c.Machine = func() (ran, slept time.Duration) { return l.clock.Now().Sub(l.since), 0 }
	if r == nil {
		return
	}
	r.queue.gathers = gatherFor
	r.disks[0].pool.Intercept(func(s pool.Step, take func() error) error {
		if c := l.stuck.Load(); c != nil && (s.Op == pool.OpWrite || s.Op == pool.OpSync) {
			<-*c
		}
		return take()
	})
}

// begins starts the hub, and at times stops it before it is told what to record. Now and then the index takes its
// time to list the clips.
func (l *life) begins() {
	if l.random.IntN(3) == 0 {
		l.lists = make(chan struct{})
	}
	l.index.lists = l.lists
	l.start(l.change)
	if l.random.IntN(3) == 0 {
		l.goes(l.upTo(40))
	}
	if l.random.IntN(8) == 0 {
		l.ends(l.random.IntN(2) == 0)
		l.begins()
		return
	}
	l.r.Plan(l.cam.id, Plan{Mode: l.mode})
	if l.lists != nil {
		l.goes(l.upTo(300))
		close(l.lists)
		l.lists = nil
	}
	l.settled = l.clock.Now().Add(20 * time.Second)
}

// ends has the hub stop, or killed: then nothing of what it would say at its end is there.
func (l *life) ends(killed bool) {
	synctest.Wait()
	l.told()
	dir, index := l.dir, l.index
	if killed {
		dir, index = l.t.TempDir(), l.index.copy()
		must(l.t, os.CopyFS(dir, os.DirFS(l.dir)))
	}
	l.answer()
	l.halt()
	l.dir, l.index, l.lists, l.settled = dir, index, nil, time.Time{}
}

// answer has the disk answer again.
func (l *life) answer() {
	if was := l.stuck.Swap(nil); was != nil {
		close(*was)
		l.answers = l.clock.Now()
	}
}

// goes on for so many pictures, whether they come or not, and no two of them as far apart.
func (l *life) goes(pictures int) {
	for range pictures {
		if l.away {
			l.cam.skip(1)
		} else {
			l.came[l.cam.n] = l.clock.Now()
			if l.stop != nil {
				l.could = append(l.could, l.clock.Now())
			}
			l.cam.picture()
			l.clock.Advance(time.Duration(l.random.Int64N(int64(3*time.Millisecond))) * l.drift)
		}
		time.Sleep(interval)
		synctest.Wait()
	}
}

// leaves has the camera go away, with its worker or without it, or come back.
func (l *life) leaves() {
	switch l.away = !l.away; {
	case l.away:
		if l.dropped = l.random.IntN(2) == 0; l.dropped {
			l.cam.away(true)
			l.cam.drop()
			l.cam.mu.Lock()
			clear(l.cam.readers) // what comes later is not theirs
			l.cam.mu.Unlock()
		}
	case l.dropped:
		l.cam.away(false)
		l.cam.newRun(l.r)
	}
}

// happens is what goes wrong next.
func (l *life) happens() {
	switch l.random.IntN(8) {
	case 0, 1, 2:
		l.leaves()
	case 3, 4:
		if l.stuck.Load() != nil {
			l.answer()
		} else {
			c := make(chan struct{})
			l.stuck.Store(&c)
		}
	case 5, 6:
		l.ends(l.random.IntN(3) > 0)
		l.goes(l.upTo([]int{20, 300}[l.random.IntN(2)]))
		l.begins()
	case 7:
		if l.mode.Events() && l.clock.Now().After(l.settled) {
			l.trigger(Trigger{Kind: media.KindMotion, Hold: true})
		}
	}
}

// told fails if a gap is none, or lies over another, or if nothing tells that nothing is recorded now.
func (l *life) told() {
	l.t.Helper()
	now, gaps := l.clock.Now(), l.index.allGaps()
	if l.settled.IsZero() || now.Before(l.settled) {
		return
	}
	last, open := l.could[len(l.could)-1], false
	for i, g := range gaps {
		last, open = later(last, g.To), open || g.To.IsZero()
		if !g.To.IsZero() && g.To.Sub(g.From) < time.Millisecond {
			l.t.Errorf("a gap of the %s from %v to %v", g.Cause, g.From, g.To)
		}
		if i+1 < len(gaps) && (g.To.IsZero() || g.To.After(gaps[i+1].From)) {
			l.t.Errorf("a gap of the %s from %v to %v lies over another of the %s from %v to %v", g.Cause, g.From, g.To, gaps[i+1].Cause, gaps[i+1].From, gaps[i+1].To)
		}
	}
	if now.Sub(last) > 2*gapTold && now.Sub(l.answers) > 2*gapsEvery && !open {
		l.t.Errorf("no picture came from %v to %v, and nothing tells it", last, now)
	}
}

// holds fails if a gap lies over what is recorded, or what is missing is in none. Where events alone are
// recorded nothing is missing while one could have begun.
func (l *life) holds() {
	l.t.Helper()
	l.told()
	var recorded []time.Time
	for _, row := range l.index.all() {
		for _, n := range l.open(row, l.vault.store).numbers {
			recorded = append(recorded, l.came[n])
		}
	}
	there := recorded
	if !l.mode.Continuous() {
		there = l.could
	}
	var known []chain
	for _, at := range there {
		known = append(known, chain{at, at.Add(interval)})
	}
	for _, g := range l.index.allGaps() {
		over := 0
		for _, at := range recorded {
			if at.After(g.From) && at.Before(g.To) {
				over++
			}
		}
		if over > gop && g.Count == 1 {
			l.t.Errorf("a gap of the %s from %v to %v lies over %d pictures that are recorded", g.Cause, g.From, g.To, over)
		}
		known = append(known, chain{g.From, g.To})
	}
	slices.SortFunc(known, func(a, b chain) int { return cmp.Compare(a.from.UnixNano(), b.from.UnixNano()) })
	until := l.since
	for _, c := range known {
		if c.from.Sub(until) > gapTold {
			l.t.Errorf("from %v to %v nothing was recorded, and nothing tells it", until, c.from)
		}
		until = later(until, c.to)
	}
}

// TestGapsAtRandom has the hub killed or stopped, the camera go away and come back, and the disk not answer,
// for short and for long: each time in which nothing was recorded is told, and told once.
func TestGapsAtRandom(t *testing.T) {
	for _, mode := range []media.Mode{media.ModeContinuous, media.ModeBoth, media.ModeEvents} {
		for seed := range uint64(12) {
			t.Run(fmt.Sprintf("%s, seed %d", mode, seed), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					l := newLife(t, mode, seed)
					for range 25 {
						l.goes(l.upTo([]int{10, 70, 300}[l.random.IntN(3)]))
						l.happens()
						l.told()
					}
					l.answer()
					if l.away {
						l.leaves()
					}
					l.goes(400)
					l.r.Plan(l.cam.id, Plan{Mode: media.ModeOff})
					l.goes(5)
					l.listed()
					l.holds()
					l.halt()
				})
			})
		}
	}
}
