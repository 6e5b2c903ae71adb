package recorder

import (
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"lares/cameras/media"
)

// TestNoTwoOverlap sets the clock while events, all, or both are recorded, and the sub stream beside
// them: nothing overlaps but by pictures that both files hold, no picture is lost, no gap lies over a file,
// and what is ahead of the clock comes back to it.
func TestNoTwoOverlap(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	noon := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	year := time.Date(2026, 12, 31, 23, 59, 30, 0, time.UTC)
	for name, test := range map[string]struct {
		from  time.Time
		steps []time.Duration // before the clock is set, and 20 s after each
		first int             // pictures before
		then  int             // pictures behind
		ahead time.Duration   // of the clock at the end, of what is recorded all the time; at most a second more
	}{
		"an hour back":         {noon, []time.Duration{-time.Hour}, 250, 50, 0},
		"an hour on, and back": {noon, []time.Duration{time.Hour, -time.Hour}, 250, 50, 0},
		"a minute back":        {noon, []time.Duration{-time.Minute}, 900, 300, 59 * time.Second},
		"into the begin":       {noon, []time.Duration{-time.Minute}, 400, 100, 50 * time.Second}, // of what is recorded
		"a second back":        {year, []time.Duration{-time.Second}, 200, 600, 0},
		"a second, bit by bit": {year, slices.Repeat([]time.Duration{-500 * time.Millisecond}, 3), 100, 600, 0},
		"2038, and back":       {noon, []time.Duration{12 * 365 * 24 * time.Hour, -12 * 365 * 24 * time.Hour}, 250, 100, 0},
		"never set until then": {time.Unix(30, 0), []time.Duration{noon.Sub(time.Unix(30, 0))}, 250, 50, 0},
		"summer begins":        {time.Date(2026, 3, 29, 1, 59, 45, 0, berlin), []time.Duration{0}, 200, 50, 0},
		"summer ends":          {time.Date(2026, 10, 25, 2, 59, 45, 0, berlin), []time.Duration{0}, 200, 50, 0},
		"to and fro":           {noon, []time.Duration{time.Minute, -2 * time.Minute, time.Minute, -time.Minute}, 500, 50, 2 * time.Minute},
	} {
		for _, mode := range []media.Mode{media.ModeEvents, media.ModeContinuous, media.ModeBoth} {
			t.Run(name+" "+string(mode), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					d := newDeck(t, test.from)
					d.begins(mode)
					events := 0
					if mode.Events() {
						events = 77
					}
					d.goes(test.first, events)
					for _, by := range test.steps {
						d.steps(by)
						d.goes(200, events)
					}
					d.goes(test.then, events)
					d.rests()
					d.holds(mode)
					for _, beside := range []bool{false, true} {
						if !beside && mode != media.ModeContinuous {
							continue
						}
						if off := d.off(beside); off > test.ahead+time.Second || off < -time.Second {
							t.Errorf("beside %v: at the end it is %v ahead of the clock, which may be %v", beside, off, test.ahead)
						}
					}
				})
			})
		}
	}
}

// TestAwayWhileAhead has the camera away while what is recorded is ahead of the clock: the gap is there, and
// what was ahead by less than it lasted is not any more.
func TestAwayWhileAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDeck(t, time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC))
		d.begins(media.ModeContinuous)
		d.goes(700, 0)
		d.steps(-time.Minute)
		d.goes(200, 0)
		ahead := func() time.Duration { s, _ := d.r.Status(d.cam.id); return s.Ahead }
		if off := ahead(); off < 55*time.Second || off > time.Minute {
			t.Errorf("it is %v ahead at first", off)
		}
		away := func(pictures int) {
			d.cam.skip(pictures)
			for range pictures {
				time.Sleep(interval)
				synctest.Wait()
			}
		}
		away(300)
		d.goes(200, 0)
		if off := ahead(); off < 38*time.Second || off > 40*time.Second {
			t.Errorf("it is %v ahead", off)
		}
		away(600)
		d.goes(200, 0)
		if off := ahead(); off > time.Second {
			t.Errorf("it is %v ahead at the end", off)
		}
		d.rests()
		d.lost = func(n uint64) bool { return n >= 900 && n < 1220 || n >= 1400 && n < 2020 }
		d.holds(media.ModeContinuous)
		gaps := d.index.allGaps()
		if len(gaps) != 2 {
			t.Fatalf("gaps %+v", gaps)
		}
		for i, long := range []time.Duration{together, 22 * time.Second} {
			if is := gaps[i].To.Sub(gaps[i].From); (is - long).Abs() > 3*time.Second {
				t.Errorf("a gap of %v, and not about %v", is, long)
			}
		}
	})
}

// TestDatesAreTheClocks: while nobody sets the clock, what is recorded has its dates, and an event the
// time at which it came, however that lies to the pictures and however late those are.
func TestDatesAreTheClocks(t *testing.T) {
	for seed := range uint64(6) {
		for _, mode := range []media.Mode{media.ModeEvents, media.ModeContinuous, media.ModeBoth} {
			synctest.Test(t, func(t *testing.T) {
				random := rand.New(rand.NewPCG(seed, 3))
				d := newDeck(t, time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC))
				d.begins(mode)
				d.r.Plan(d.cam.id, Plan{Mode: mode, Streams: media.StreamsBoth, Rolls: Rolls{media.KindDoorbell: {Pre: 6 * time.Second, Post: time.Second}}})
				came, told := map[uint64]time.Time{}, map[media.EventID]time.Time{}
				late := func() { d.clock.Advance(time.Duration(random.Int64N(int64(30 * time.Millisecond)))) }
				for range 60 {
					for range 1 + random.IntN(30) {
						came[d.cam.n] = d.clock.Now()
						d.goes(1, 0)
						late()
					}
					if !mode.Events() || random.IntN(3) == 0 {
						continue
					}
					late()
					id := d.trigger(Trigger{Kind: []media.Kind{media.KindMotion, media.KindDoorbell}[random.IntN(2)], Hold: true})
					if _, ok := told[id]; !ok {
						told[id] = d.clock.Now()
					}
					if s, _ := d.r.Status(d.cam.id); s.Ahead != 0 {
						t.Fatalf("%s, seed %d: ahead by %v", mode, seed, s.Ahead)
					}
				}
				d.rests()
				for id, at := range told {
					if e := d.index.event(id); !e.Start.Equal(at.Round(0)) {
						t.Errorf("%s, seed %d: an event that came at %v is of %v", mode, seed, at, e.Start)
					}
				}
				rows, shown := d.taped(false)
				for _, row := range rows {
					if at := came[shown[row.Clip][0]]; row.Start.Sub(at).Abs() > interval {
						t.Errorf("%s, seed %d: a file of %v, which came at %v", mode, seed, row.Start, at)
					}
				}
			})
		}
	}
}

// TestSetAtRandom sets the clock by seconds and by minutes, to and fro, again and again, while
// events come: nothing overlaps, and no gap lies over a file.
func TestSetAtRandom(t *testing.T) {
	for seed := range uint64(5) {
		for _, mode := range []media.Mode{media.ModeEvents, media.ModeContinuous, media.ModeBoth} {
			synctest.Test(t, func(t *testing.T) {
				random := rand.New(rand.NewPCG(seed, 7))
				d := newDeck(t, time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC))
				d.begins(mode)
				for range 12 {
					events := 0
					if mode.Events() {
						events = 20 + random.IntN(120)
					}
					d.goes(5+random.IntN(150), events)
					most := []time.Duration{3 * time.Second, 20 * time.Second, 2 * time.Minute}[random.IntN(3)]
					d.steps(time.Duration(random.Int64N(int64(2*most))) - most)
					if mode.Events() && random.IntN(4) == 0 {
						d.trigger(Trigger{Kind: media.KindDoorbell, Hold: true})
					}
				}
				d.settles(mode, seed)
			})
		}
	}
}
