package recorder

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"lares/cameras/clock"
	"lares/cameras/media"
	"lares/recorder/retention"
)

// deck is a house of which both streams are recorded while its clock is set.
type deck struct {
	*twin
	lost  func(n uint64) bool // whether a picture need not be recorded
	slept atomic.Int64        // for how long the machine did
	began time.Time           // when the machine was started
}

func newDeck(t *testing.T, from time.Time) *deck {
	t.Helper()
	d := &deck{twin: newTwin(t), lost: func(uint64) bool { return false }}
	d.sub.clock = clock.NewManual(from)
	d.shows(from)
	d.began = d.clock.Now()
	return d
}

// begins records files of ten seconds at most, of both streams, which stay for a day.
func (d *deck) begins(m media.Mode) {
	d.t.Helper()
	day := retention.Policy{Cameras: map[media.CameraID]retention.Camera{d.cam.id: {Rule: retention.Rule{Days: 1}}}}
	d.start(func(c *Config, _ *Recorder) {
		c.MaxClip, c.PreRoll, c.PostRoll = 10*time.Second, 3*time.Second, 2*time.Second
		c.Machine = func() (ran, slept time.Duration) {
			return d.clock.Now().Sub(d.began), time.Duration(d.slept.Load())
		}
		c.Retention = func(context.Context) (retention.Policy, error) { return day, nil }
	})
	d.r.Plan(d.cam.id, Plan{Mode: m, Streams: media.StreamsBoth})
}

// goes on for so many pictures of both streams, with an event each so many; none is 0.
func (d *deck) goes(pictures, apart int) {
	for n := range pictures {
		d.sub.clock.Set(d.clock.Now())
		d.sub.picture()
		d.steady(1)
		if apart > 0 && n%apart == apart/2 {
			d.trigger(Trigger{Kind: media.KindMotion, Hold: true})
		}
	}
}

// ends has the hub stop, or killed.
func (d *deck) ends(killed bool) {
	if !killed {
		d.halt()
		return
	}
	d.listed()
	rows := d.index.all()
	image := d.image()
	d.halt()
	d.dir = image.dir
	d.index.mu.Lock()
	defer d.index.mu.Unlock()
	for _, row := range rows {
		d.index.clips[row.Clip] = row
	}
}

// rests has nothing recorded any more, and all that was listed.
func (d *deck) rests() {
	d.r.Plan(d.cam.id, Plan{Mode: media.ModeOff, Streams: media.StreamsBoth})
	d.steady(2)
	d.listed()
}

// taped are the files of the main stream, or of the one beside it, in the order of their pictures, and
// those.
func (d *deck) taped(beside bool) (rows []ClipRow, shown map[media.ClipID][]uint64) {
	shown = map[media.ClipID][]uint64{}
	for _, row := range d.index.all() {
		if row.Beside == beside {
			rows = append(rows, row)
			shown[row.Clip] = d.open(row, d.vault.store).numbers
		}
	}
	slices.SortFunc(rows, func(a, b ClipRow) int { return cmp.Compare(shown[a.Clip][0], shown[b.Clip][0]) })
	return rows, shown
}

// holds fails where files of a tape overlap by more than the pictures that are in both, one is longer or
// shorter than it may be, one that is to be recorded is not, a gap lies over a file, or what a survey
// finds is not the same.
func (d *deck) holds(m media.Mode) {
	d.t.Helper()
	for _, beside := range []bool{false, true} {
		rows, shown := d.taped(beside)
		have := map[uint64]int{}
		for i, one := range rows {
			d.lasts(one, len(shown[one.Clip]))
			for _, n := range shown[one.Clip] {
				have[n]++
			}
			for _, next := range rows[i+1:] {
				both := 0
				for _, n := range shown[next.Clip] {
					if slices.Contains(shown[one.Clip], n) {
						both++
					}
				}
				begin, end := one.Start, one.Start.Add(one.Duration)
				if next.Start.After(begin) {
					begin = next.Start
				}
				if until := next.Start.Add(next.Duration); until.Before(end) {
					end = until
				}
				if over := end.Sub(begin); over > time.Duration(both)*interval+time.Millisecond {
					d.t.Errorf("beside %v: files of %v and %v, %v and %v long, overlap by %v, and have %d pictures in common", beside, one.Start, next.Start, one.Duration, next.Duration, over, both)
				}
			}
			for _, gap := range d.index.allGaps() {
				to := gap.To
				if to.IsZero() {
					to = gap.From.Add(time.Minute)
				}
				if from, until := one.Start.Add(interval), one.Start.Add(one.Duration-interval); !beside && gap.From.Before(until) && from.Before(to) {
					d.t.Errorf("a gap from %v to %v is over a file of %v, %v long", gap.From, gap.To, one.Start, one.Duration)
				}
			}
		}
		if !beside && !m.Continuous() {
			continue
		}
		of := d.cam
		if beside {
			of = d.sub
		}
		for n := range of.n - 3 {
			if have[n] < 1 && !d.lost(n) || have[n] > 1 && (beside || !m.Events()) {
				d.t.Fatalf("beside %v: picture %d of %d is recorded %d times", beside, n, of.n, have[n])
			}
		}
	}
	found := 0
	if _, err := Survey(d.t.Context(), d.pools(), d.vault.Signers(), func(r ClipRow) error {
		if row := d.index.row(r.Clip); !row.Start.Equal(r.Start) || row.Duration != r.Duration {
			d.t.Errorf("a file of %v, %v long, is one of %v, %v long, to a survey", row.Start, row.Duration, r.Start, r.Duration)
		}
		found++
		return nil
	}); err != nil || found != len(d.index.all()) {
		d.t.Errorf("a survey finds %d files, %v", found, err)
	}
}

// off is by how much the newest file of a tape ends ahead of the clock.
func (d *deck) off(beside bool) time.Duration {
	rows, _ := d.taped(beside)
	last := rows[len(rows)-1]
	return last.Start.Add(last.Duration).Sub(d.clock.Now().Round(0))
}

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

// deckOf is a deck that has recorded 700 pictures in a mode, and after how many an event begins.
func deckOf(t *testing.T, mode media.Mode) (d *deck, events int) {
	d = newDeck(t, time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC))
	d.begins(mode)
	if mode.Events() {
		events = 77
	}
	d.goes(700, events)
	return d, events
}

// settles ends what was done at random, and holds it against what has to be so.
func (d *deck) settles(mode media.Mode, seed uint64) {
	d.goes(60, 0)
	d.rests()
	d.holds(mode)
	if d.t.Failed() {
		d.t.Logf("%s, seed %d", mode, seed)
	}
}

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
					if gaps := d.index.allGaps(); mode.Continuous() && (len(gaps) != 1 || gaps[0].Cause != GapHub || gaps[0].To.Sub(gaps[0].From) < together/2) {
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

// TestGapHasAPlace: a gap of events in a time that came twice is behind what was recorded then, and is there;
// and what is recorded next is behind it.
func TestGapHasAPlace(t *testing.T) {
	b := newBook()
	began := time.Now()
	now := func(n float64) time.Time { return set(began.Add(time.Duration(n*float64(time.Second))), second(n)) }
	tape := &tape{room: 10 * time.Minute}
	tape.recorded(second(-600), second(600))
	b.coverage.dates = timeline{&dates{began: began}, tape}
	b.point(aim{due: true, idle: true}, now(0))
	for at := 1.0; at < 40; at++ {
		if at < 3 || at > 30 {
			b.could(now(at - 0.05))
		}
		b.look(GapCamera, now(at))
	}
	if len(b.rows) != 1 {
		t.Fatalf("gaps %+v", b.rows)
	}
	for _, row := range b.rows {
		if !row.From.Equal(second(610)) || !row.To.Equal(second(620)) {
			t.Errorf("a gap from %v to %v", row.From, row.To)
		}
		if next := tape.of(now(60), second(60)); next.Before(row.To) {
			t.Errorf("what is recorded next is of %v", next)
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

// TestTapeAtRandom has files of all lengths follow each other while the clock is set at random: none
// overlaps another one, and none is behind the clock; and what is recorded without a pause, and not set
// any more, comes back to the clock.
func TestTapeAtRandom(t *testing.T) {
	const longest = 5 * time.Minute
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 7))
		tape := &tape{room: 2 * longest}
		at := time.Now()
		wall := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
		var all []chain
		file := func(lasts time.Duration) {
			date := tape.of(at, wall)
			s := slewingOf(date.Sub(wall))
			tape.begins(at, date, s)
			at, wall = at.Add(lasts), wall.Add(lasts)
			until := date.Add(s.of(lasts))
			tape.ends(at, until)
			all = append(all, chain{date, until})
		}
		pause := func(d time.Duration) { at, wall = at.Add(d), wall.Add(d) }
		for range 60 {
			switch random.IntN(8) {
			case 0:
				wall = wall.Add(time.Duration(random.Int64N(int64(4*time.Hour))) - 2*time.Hour)
			case 1:
				wall = wall.Add(time.Duration(random.Int64N(int64(6*time.Second))) - 3*time.Second)
			case 2:
				pause(time.Duration(random.Int64N(int64(time.Hour))))
			case 3:
				pause(time.Duration(random.Int64N(int64(10 * time.Second))))
			default:
				file(time.Duration(random.Int64N(int64(longest))))
			}
		}
		ahead := tape.chains[len(tape.chains)-1].to.Sub(wall) // at most, behind all that is in its way
		for range slewPart*max(0, ahead)/longest + 20 {
			file(longest)
		}
		if last := all[len(all)-1]; last.to.Sub(wall).Abs() > slewLeast {
			t.Errorf("seed %d: what was %v ahead ends at %v, and it is %v", seed, ahead, last.to, wall)
		}
		slices.SortFunc(all, func(a, b chain) int { return a.from.Compare(b.from) })
		for i, c := range all[1:] {
			if all[i].to.Sub(c.from) > time.Millisecond {
				t.Fatalf("seed %d: a file of %v to %v, and one of %v", seed, all[i].from, all[i].to, c.from)
			}
		}
	}
}

// TestTapeForgets: of more chains than a tape keeps the oldest are one, in which nothing is free.
func TestTapeForgets(t *testing.T) {
	tape := &tape{room: 10 * time.Minute}
	begin := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	hour := func(n int) time.Time { return begin.Add(time.Duration(n) * time.Hour) }
	for n := range chainsMost + 10 {
		tape.recorded(hour(n), hour(n).Add(time.Minute))
	}
	if len(tape.chains) != chainsMost {
		t.Errorf("%d chains", len(tape.chains))
	}
	for n, want := range map[int]time.Time{-1: hour(-1), 3: hour(10).Add(time.Minute + together), 12: hour(12).Add(30 * time.Minute)} {
		ask := hour(n).Add(30 * time.Minute)
		if n < 0 {
			ask = hour(n)
		}
		if is := tape.of(begin, ask); !is.Equal(want) {
			t.Errorf("%v is called %v, and not %v", ask, is, want)
		}
	}
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
