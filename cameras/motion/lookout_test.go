package motion

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"lares/cameras/fakecam"
	"lares/cameras/h264"
)

// TestPending: slices are kept as they came, up to a bound, and the last picture is
// carried over a still.
func TestPending(t *testing.T) {
	t.Parallel()
	slice := func(n int, v byte) []byte { return append([]byte{1}, bytes.Repeat([]byte{v}, n)...) }
	var p pending
	for i := range byte(3) {
		if !p.add([][]byte{{9, i}, slice(10, i), slice(5, i+10)}, time.Duration(i)) {
			t.Fatal("there is no room")
		}
	}
	check := func(i int, v byte) {
		t.Helper()
		if got := p.units(i, nil); len(got) != 2 || !bytes.Equal(got[0], slice(10, v)) || !bytes.Equal(got[1], slice(5, v+10)) {
			t.Errorf("picture %d: %v", i, got)
		}
	}
	for i := range 3 {
		check(i, byte(i))
	}
	p.carry()
	if len(p.looks) != 1 || !p.looks[0].old || p.looks[0].at != 2 {
		t.Fatalf("%+v", p.looks)
	}
	check(0, 2)
	if p.add([][]byte{slice(maxPending-10, 1)}, 3) {
		t.Error("more bytes are kept than there is room for")
	}
	for range maxLooks - 1 {
		if !p.add([][]byte{slice(1, 1)}, 3) {
			t.Fatal("there is no room")
		}
	}
	if p.add([][]byte{slice(1, 1)}, 3) || len(p.looks) != maxLooks {
		t.Error("more pictures are kept than there is room for")
	}
	p.clear()
	if p.carry(); len(p.looks)+len(p.ends)+len(p.data) > 0 {
		t.Errorf("%+v", p)
	}
}

// walk runs a detector over people who walk in and out for a minute.
func walk(t *testing.T, d *Detector) {
	t.Helper()
	begin, last := time.Duration(0), time.Duration(0)
	for range 5 {
		if err := fakecam.ReadH264("../fakecam/clip/people-sub.mp4", 15, func(at time.Duration, units [][]byte) error {
			last = begin + at
			return d.Take(units, last)
		}); err != nil {
			t.Fatal(err)
		}
		begin = last + 100*time.Millisecond
	}
	d.Finish(last)
}

// TestWaiting: the same is found whether pictures wait for the next still or not, and most
// that wait are never taken apart; those that are not stood for by others are told all the
// same.
func TestWaiting(t *testing.T) {
	t.Parallel()
	var told, looked [2]int
	var moved [2]time.Duration
	for i := range 2 {
		var d Detector
		d.Active = func(time.Duration, int) { told[i]++ }
		d.Moved = func(m Motion) { moved[i] += m.To - m.From }
		if i == 0 {
			d.Heat = func(Heat) {}
		}
		walk(t, &d)
		looked[i] = d.looks.seen
	}
	if told[1] > told[0] || told[1] < told[0]*9/10 || looked[1] >= looked[0]*3/4 {
		t.Errorf("told %v, looked at %v: all of them, then some", told, looked)
	}
	if d := moved[0] - moved[1]; d < -3*time.Second || d > 3*time.Second || moved[0] < 20*time.Second {
		t.Errorf("%v, and %v when pictures wait", moved[0], moved[1])
	}
}

// TestSettle: of six pictures that wait only those are looked at that can still say
// something.
func TestSettle(t *testing.T) {
	t.Parallel()
	all := accessUnits(t, "cabac.264")
	for name, c := range map[string]struct {
		moved, moves, restless bool
		apart                  time.Duration
		looked, counts, waits  int // counts: those that are stood for among them
	}{
		"motion goes on":          {moved: true, moves: true, waits: 1},
		"motion began just now":   {moves: true, looked: 1},
		"motion ended at once":    {moved: true, looked: 1, counts: 1, waits: 1},
		"nothing":                 {looked: 2, counts: 6, waits: 1},
		"something may have been": {restless: true, looked: 6, counts: 6},
		"stills are rare":         {apart: rare, looked: 6, counts: 6},
	} {
		var d Detector
		for at, units := range all { // sizes and parameter sets
			if err := d.Take(units, time.Duration(at)*400*time.Millisecond); err != nil {
				t.Fatal(err)
			}
		}
		for i := range d.looks.base {
			if d.looks.base[i] = maxRelative << 8; c.restless {
				d.looks.base[i] = -maxRelative << 8
			}
		}
		d.pending.clear()
		d.tracks = tracks{}
		w := &d.watches[0]
		w.gap.looks, w.gap.moving = nil, c.moved
		d.stills.found = []still{{}}
		if c.moves {
			d.stills.found[0].size = 9
		}
		for i := range 6 {
			units := all[1+i]
			if intra(units) {
				t.Fatalf("picture %d stands alone", i)
			}
			d.pending.add(units, d.from+time.Duration(i))
		}
		seen, told := d.looks.seen, 0
		d.Active = func(time.Duration, int) { told++ }
		if err := d.settle(d.from+c.apart, 100, d.stills.found); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if n := len(w.gap.looks); n != c.looked || len(d.pending.looks) != c.waits || d.looks.seen-seen != c.counts {
			t.Errorf("%s: %d of 6 are looked at, %d wait, %d count, want %d, %d and %d", name, n, len(d.pending.looks), d.looks.seen-seen, c.looked, c.waits, c.counts)
		}
		for _, l := range w.gap.looks {
			if l.weight != max(1, c.counts/c.looked) {
				t.Errorf("%s: one of %d stands for %d", name, c.looked, l.weight)
			}
		}
		if c.waits > 0 && !d.pending.looks[0].old {
			t.Errorf("%s: what is carried on is not old", name)
		}
	}
}

// TestForetold: of stills two seconds apart every second one is drawn where nothing stirs
// and where motion goes on, once enough of them have been; each of them while somebody
// watches, and where what waits says that it is otherwise. Of stills a second apart every
// fourth is where nothing stirs, and every second where motion goes on.
func TestForetold(t *testing.T) {
	t.Parallel()
	all := accessUnits(t, "cabac.264")
	for name, c := range map[string]struct {
		moves, watched, stirs bool
		apart                 time.Duration // of the stills
		drawn                 int           // of twelve stills, once it is known
	}{
		"nothing":                {drawn: 6},
		"motion":                 {moves: true, drawn: 6},
		"somebody watches":       {watched: true, drawn: 12},
		"something stirs":        {stirs: true, drawn: 12},
		"motion may be ended":    {moves: true, stirs: true, drawn: 12},
		"nothing, each second":   {apart: time.Second, drawn: 3},
		"motion, each second":    {moves: true, apart: time.Second, drawn: 6},
		"something, each second": {stirs: true, apart: time.Second, drawn: 12},
	} {
		if c.apart == 0 {
			c.apart = 2 * time.Second
		}
		var d Detector
		if c.watched {
			d.Heat = func(Heat) {}
		}
		drawn, stills, at := 0, 0, time.Duration(0)
		for stills < 40 {
			for _, units := range all {
				if !intra(units) {
					at += c.apart / 25
				} else if at > 0 {
					at = at.Truncate(c.apart) + c.apart
				}
				for i := range d.looks.base { // all cells are active, or none
					if d.looks.base[i] = maxRelative << 8; c.stirs != c.moves {
						d.looks.base[i] = -maxRelative << 8
					}
				}
				if len(d.watches) > 0 {
					d.watches[0].gap.usual = 0
					if d.watches[0].gap.moving = c.moves; c.moves {
						d.showed = often
					}
				}
				if err := d.Take(units, at); err != nil {
					t.Fatal(name, err)
				}
				if !intra(units) {
					continue
				}
				if stills++; stills > 28 && d.drawn == at {
					drawn++
				}
			}
		}
		if drawn != c.drawn {
			t.Errorf("%s: %d of 12 stills were drawn, want %d", name, drawn, c.drawn)
		}
	}
	for samples, want := range map[int]time.Duration{640 * 360: drawnEvery, 1280 * 720: drawnEvery, 1920 * 1080: drawnLarge} {
		if still, moving := drawnApart(false, samples), drawnApart(true, samples); still != want || moving != drawnEvery {
			t.Errorf("stills of %d samples are drawn %v apart, and %v where something moves", samples, still, moving)
		}
	}
}

// TestFlushBack: going back finds in each picture what going on finds, up to the one in
// which nothing moves, and learns nothing.
func TestFlushBack(t *testing.T) {
	t.Parallel()
	const still = 2 // the picture that moves nowhere
	blocks := func(x int) *h264.Picture {
		p := &h264.Picture{SPS: &h264.SPS{Columns: 10, Rows: 10, Width: 160, Height: 160}, Columns: 10, Rows: 10, Energy: make([]uint16, 100)}
		for _, i := range []int{44, 45, 54, 55} {
			if x >= 0 {
				p.Energy[i+x] = 5000
			}
		}
		return p
	}
	pictures := []*h264.Picture{blocks(0), blocks(1), blocks(-1), blocks(0), blocks(1), blocks(2)}
	waiting6 := func() *Detector {
		var d Detector
		d.begin(0)
		d.watches[0].gap.usual = -freshUsual
		for range 3 {
			d.looks.take(blocks(-1), 0, &d.settings, 1)
		}
		for i := range pictures {
			d.pending.add([][]byte{{1}}, time.Duration(1+i))
		}
		return &d
	}
	on, back := waiting6(), waiting6()
	for i, p := range pictures {
		on.look(p, time.Duration(1+i), 1)
	}
	base := slices.Clone(back.looks.base)
	if err := back.flushBack(func(i int, do func(*h264.Picture)) error { do(pictures[i]); return nil }); err != nil {
		t.Fatal(err)
	}
	got, want := back.watches[0].gap.looks, on.watches[0].gap.looks
	for i := range want {
		want[i].scattered = false // nothing is asked of that where there is a still
	}
	// The picture behind the one that moves nowhere has nothing before it.
	if len(got) != len(pictures)-still-1 || !slices.Equal(got, want[still+1:]) || got[0].count != 0 || got[1].count != 4 {
		t.Errorf("%+v, want the end of %+v", got, want)
	}
	if !slices.Equal(back.looks.base, base) || len(back.pending.looks) > 0 {
		t.Error("something is learnt, or waits")
	}
	on.looks.base, back.looks.base = base, base
	on.looks.take(blocks(2), 9, &on.settings, 1)
	back.looks.take(blocks(2), 9, &back.settings, 1)
	if on.looks.found[0].count != 4 || !slices.Equal(on.looks.found, back.looks.found) {
		t.Errorf("behind them: %+v, want %+v", back.looks.found, on.looks.found)
	}
}

// TestSetWhileWaiting: what waits is looked at by the settings that it came with, and of
// pictures that come behind new ones and cannot be read nothing is found.
func TestSetWhileWaiting(t *testing.T) {
	t.Parallel()
	all := accessUnits(t, "cabac.264")
	var d Detector
	told := 0
	d.Active = func(time.Duration, int) { told++ }
	for at, units := range all {
		if err := d.Take(units, time.Duration(at)*400*time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
	d.pending.clear()
	d.pending.add(all[1], d.from)
	before := told
	if err := d.Set(Settings{Zones: []Zone{{Name: "a", Polygon: square(0, 0, 1, 1)}, {Name: "b", Polygon: square(0, 0, 1, 1)}}}); err != nil {
		t.Fatal(err)
	}
	if told != before+1 || len(d.pending.looks) > 0 {
		t.Errorf("%d pictures are told, %d wait", told-before, len(d.pending.looks))
	}
	for range 3 {
		d.pending.add([][]byte{{1, 2, 3}}, d.from)
	}
	if err := d.flushBack(d.parseWaiting); err == nil || len(d.pending.looks) > 0 || len(d.watches[1].gap.looks) > 0 {
		t.Errorf("%v, %d wait", err, len(d.pending.looks))
	}
}

// TestWeight: what is usual follows a picture that stands for three as it follows three.
func TestWeight(t *testing.T) {
	t.Parallel()
	var one, three gap
	one.looks = []look{{count: 20, weight: 1}, {count: 20, weight: 1}, {count: 20, weight: 1}}
	three.looks = []look{{count: 20, weight: 3}}
	one.learn()
	if three.learn(); one.usual != three.usual || one.usual == 0 {
		t.Errorf("%d and %d", one.usual, three.usual)
	}
	var base [2]int32
	for i := range base {
		l := looks{grid: grid{energy: []int32{9}}, seen: warmLooks, relative: []int32{1 << 10}, base: []int32{0}, next: []bool{false}}
		l.follow(1 + 2*i)
		base[i] = l.base[0]
	}
	if base[0] == 0 || base[1] != 3*base[0] {
		t.Errorf("baselines %v", base)
	}
}

// TestRemember: what moved in the picture before counts for the next, and is not learnt.
func TestRemember(t *testing.T) {
	t.Parallel()
	p := &h264.Picture{SPS: &h264.SPS{Columns: 10, Rows: 10, Width: 160, Height: 160}, Columns: 10, Rows: 10, Energy: make([]uint16, 100)}
	var l looks
	var none Settings
	for range 3 {
		l.take(p, 0, &none, 1)
	}
	for _, i := range []int{44, 45, 54, 55} {
		p.Energy[i] = 5000
	}
	l.remember(p, &none)
	if l.take(p, 0, &none, 1); l.seen != 4 || l.found[0].count != 4 {
		t.Errorf("%d pictures, %+v: want four cells, for they were active before", l.seen, l.found)
	}
	if l.take(&h264.Picture{SPS: p.SPS, Columns: 10, Rows: 10, Energy: make([]uint16, 100)}, 0, &none, 1); l.found[0].count != 0 {
		t.Errorf("%+v", l.found)
	}
}

// TestDamagedWaiting: a picture that waits and cannot be read is an error of a later call.
func TestDamagedWaiting(t *testing.T) {
	t.Parallel()
	var d Detector
	all := accessUnits(t, "cabac.264")
	broken, at := 0, time.Duration(0)
	for round := range 40 {
		for _, units := range all {
			still := intra(units)
			if round > 20 && !still {
				units = [][]byte{units[len(units)-1][:20]}
			}
			if d.Take(units, at) != nil {
				broken++
			}
			if still && round > 20 && len(d.pending.looks) > 1 {
				t.Fatalf("behind a still %d pictures wait", len(d.pending.looks))
			}
			at += 100 * time.Millisecond
		}
	}
	if d.looks.seen <= warmLooks || broken == 0 {
		t.Errorf("%d looks, %d errors", d.looks.seen, broken)
	}
}

// TestHeat: what moves is warm, all else is not, and nothing is under a mask.
func TestHeat(t *testing.T) {
	t.Parallel()
	var s stills
	var h heat
	settings := Settings{Masks: []Polygon{square(0, 0, 0.2, 1)}}
	scene, watches := newScene(), settings.watches()
	for range 6 {
		s.take(scene.draw(), &settings, watches)
	}
	scene.square.Max.X, scene.square.Max.Y = 320, 64
	s.take(scene.draw(), &settings, watches)
	got := h.ofStill(&s, time.Second)
	if got.At != time.Second || got.Columns != 20 || got.Rows != 12 || got.Wide != whole/20 || got.High != whole/12 || !got.Still || len(got.Cells) != 240 {
		t.Fatalf("%+v", got)
	}
	for i, c := range got.Cells {
		x, y := i%20, i/20
		if x < 4 && c != 0 || x > 5 && y < 3 && c < 100 || y > 5 && c >= 100 {
			t.Errorf("cell %d, %d: %d", x, y, c)
		}
	}
	l := looks{grid: grid{columns: 2, rows: 2, energy: []int32{9, 9, 9, -1}}, raster: raster{side: 16, width: 64, height: 32}, relative: []int32{activeOffset, activeOffset / 2, 5 * activeOffset, 9}, base: []int32{0, 0, 0, 0}}
	if got := h.ofLook(&l, 0); !bytes.Equal(got.Cells, []byte{100, 50, 255, 0}) || got.Columns != 2 || got.Rows != 2 || got.Wide != whole/4 || got.High != whole/2 || got.Still {
		t.Errorf("%+v", got)
	}
	for _, size := range [][2]int{{640, 360}, {16384, 64}, {64, 16384}, {16, 16}} {
		var s stills
		s.resize(size[0], size[1])
		s.raster = raster{width: size[0], height: size[1]}
		got := h.ofStill(&s, 0)
		var g grid
		g.resize((size[0]+15)/16, (size[1]+15)/16)
		if n := max(got.Columns, got.Rows, g.columns, g.rows); n > 48 || n < 1 {
			t.Errorf("%v: %d x %d cells, %d x %d", size, got.Columns, got.Rows, g.columns, g.rows)
		}
	}
}
