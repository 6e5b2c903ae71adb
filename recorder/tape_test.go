package recorder

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

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
		if !row.From.Equal(second(600).Add(restarted)) || !row.To.Equal(row.From.Add(together)) {
			t.Errorf("a gap from %v to %v", row.From, row.To)
		}
		if next := tape.of(now(60), second(60)); next.Before(row.To) {
			t.Errorf("what is recorded next is of %v", next)
		}
	}
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
	for n, want := range map[int]time.Time{-1: hour(-1), 3: hour(10).Add(time.Minute + restarted), 12: hour(12).Add(30 * time.Minute)} {
		ask := hour(n).Add(30 * time.Minute)
		if n < 0 {
			ask = hour(n)
		}
		if is := tape.of(begin, ask); !is.Equal(want) {
			t.Errorf("%v is called %v, and not %v", ask, is, want)
		}
	}
}
