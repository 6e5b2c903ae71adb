package recorder

import (
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"lares/cameras/media"
)

// TestSetWhileDown has the clock put back while the hub does not run, or was killed: what it records then
// is behind what was recorded before, and so is the gap between.
func TestSetWhileDown(t *testing.T) {
	for name, killed := range map[string]bool{"stopped": false, "killed": true} {
		for _, mode := range []media.Mode{media.ModeEvents, media.ModeContinuous, media.ModeBoth} {
			t.Run(name+" "+string(mode), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					d, events := deckOf(t, mode)
					d.ends(killed)
					d.steps(-time.Minute)
					killed := d.cam.n
					d.lost = func(n uint64) bool { return n+30 > killed && n < killed+gop }
					d.begins(mode)
					d.goes(400, events)
					d.rests()
					d.holds(mode)
					if gaps := d.index.allGaps(); mode.Continuous() && (len(gaps) != 1 || gaps[0].Cause != GapHub || gaps[0].To.Sub(gaps[0].From) < time.Second) {
						t.Errorf("gaps %+v", gaps)
					}
				})
			})
		}
	}
}

// TestSetTwiceWhileDown starts the hub with its clock an hour ahead, which is put right then: the gap of the
// hub is left out where it is recorded again, as far as that has come.
func TestSetTwiceWhileDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDeck(t, time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC))
		d.begins(media.ModeContinuous)
		d.goes(200, 0)
		d.halt()
		from := d.clock.Now().Round(0)
		d.steps(time.Hour)
		d.begins(media.ModeContinuous)
		d.goes(200, 0)
		d.steps(-time.Hour)
		d.goes(200, 0)
		d.rests()
		down := d.cam.n - 402
		d.lost = func(n uint64) bool { return n+2*gop > down && n < down+gop }
		d.holds(media.ModeContinuous)
		gaps := d.index.allGaps()
		slices.SortFunc(gaps, func(a, b GapRow) int { return a.From.Compare(b.From) })
		if now := d.clock.Now(); len(gaps) != 2 || gaps[0].From.Sub(from).Abs() > time.Second || gaps[0].To.After(from.Add(time.Minute)) || gaps[1].From.Sub(now).Abs() > time.Second {
			t.Errorf("gaps %+v, and it was down from %v on, and it is %v", gaps, from, now)
		}
	})
}

// TestRestartsAtRandom does the same while the hub stops, or is killed, and starts, and the camera goes away.
func TestRestartsAtRandom(t *testing.T) {
	for seed := range uint64(6) {
		for _, mode := range []media.Mode{media.ModeEvents, media.ModeContinuous, media.ModeBoth} {
			synctest.Test(t, func(t *testing.T) {
				random := rand.New(rand.NewPCG(seed, 11))
				by := func(most time.Duration) time.Duration { return time.Duration(random.Int64N(int64(2*most))) - most }
				d := newDeck(t, time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC))
				d.lost = func(uint64) bool { return true }
				d.begins(mode)
				for range 10 {
					events := 0
					if mode.Events() {
						events = 20 + random.IntN(120)
					}
					d.goes(5+random.IntN(150), events)
					switch random.IntN(8) {
					case 0:
						d.ends(random.IntN(2) == 0)
						d.steps(by(time.Minute))
						d.begins(mode)
					case 1: // for longer than a file goes on without
						n := 60 + random.IntN(240)
						d.cam.skip(n)
						d.clock.Advance(-time.Duration(n) * interval)
						for range n {
							d.clock.Advance(interval)
							time.Sleep(interval)
							synctest.Wait()
						}
					case 2, 3, 4:
						d.steps(by([]time.Duration{3 * time.Second, 20 * time.Second, 2 * time.Minute}[random.IntN(3)]))
					case 5:
						if mode.Events() {
							d.trigger(Trigger{Kind: media.KindDoorbell, Hold: true})
						}
					}
				}
				d.settles(mode, seed)
			})
		}
	}
}

// TestCrashLoopWhileAhead has the hub killed again and again, and started three seconds later, while what is
// recorded is ahead of the clock: it is no further ahead for it, and each time that it did not run is a gap.
func TestCrashLoopWhileAhead(t *testing.T) {
	for _, mode := range []media.Mode{media.ModeEvents, media.ModeContinuous, media.ModeBoth} {
		t.Run(string(mode), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, events := deckOf(t, mode)
				if events > 0 {
					events = 40
				}
				d.lost = func(uint64) bool { return true }
				const starts = 8
				var ahead time.Duration
				for n := range starts {
					d.ends(true)
					if n == 0 {
						d.steps(-time.Minute)
					}
					d.cam.skip(30)
					d.sub.skip(30)
					d.begins(mode)
					d.goes(60, events)
					d.listed()
					var newest time.Time
					for _, row := range d.index.all() {
						if !row.Beside {
							newest = later(newest, row.Start)
						}
					}
					off := newest.Sub(d.clock.Now())
					if n == 0 {
						ahead = off
					}
					// a file that a crash left open counts as 20 s where its disk does not say in time how long it is
					if off > ahead+21*time.Second {
						t.Errorf("after %d starts it is %v ahead of the clock, and was %v", n+1, off, ahead)
					}
				}
				d.rests()
				d.holds(mode)
				if gaps := d.index.allGaps(); mode.Continuous() && len(gaps) < starts-1 {
					t.Errorf("%d gaps of %d starts: %+v", len(gaps), starts, gaps)
				}
			})
		})
	}
}
