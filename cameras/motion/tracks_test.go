package motion

import (
	"image"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"lares/cameras/h264"
)

// TestTracks: what goes somewhere counts as long as it goes; what stays, jumps about or is
// one of many of its like does not.
func TestTracks(t *testing.T) {
	t.Parallel()
	const columns, rows, looks = 40, 23, 20
	picture := raster{columns: columns, rows: rows, side: 16, width: 16 * columns, height: 16 * rows}
	noise := rand.New(rand.NewPCG(1, 2))
	put := func(active []bool, x, y, side int) {
		for yy := y; yy < y+side; yy++ {
			for xx := x; xx < x+side; xx++ {
				active[yy*columns+xx] = true
			}
		}
	}
	for _, c := range []struct {
		name   string
		strong bool
		draw   func(active []bool, look int)
	}{
		{"goes", true, func(a []bool, look int) { put(a, 2+look, 10, 3) }},
		{"goes on behind a post", true, func(a []bool, look int) {
			if look != 4 {
				put(a, 2+look, 10, 3)
			}
		}},
		{"is seen now and then", false, func(a []bool, look int) {
			if look%3 == 0 {
				put(a, 2+look/2, 10, 3)
			}
		}},
		{"stays", false, func(a []bool, look int) { put(a, 10, 10, 3) }},
		{"goes two on and one back", false, func(a []bool, look int) { put(a, 2+look/2+2*(look%2), 10, 3) }},
		{"goes to and fro", false, func(a []bool, look int) { put(a, 10+[]int{0, 1, 2, 3, 2, 1}[look%6], 10, 3) }},
		{"is too small", false, func(a []bool, look int) { put(a, 2+look, 10, 2) }},
		{"is too large", false, func(a []bool, look int) { put(a, look, 5, 14) }},
		{"is elsewhere each time", false, func(a []bool, look int) { put(a, 2+6*look%36, 10, 3) }},
		{"goes among much else", false, func(a []bool, look int) {
			put(a, 2+look, 10, 3)
			for i := range a {
				a[i] = a[i] || noise.IntN(6) == 0
			}
		}},
	} {
		var k tracks
		all := cover{zones: slices.Repeat([]uint16{1}, columns*rows)}
		at := time.Duration(0)
		for look := range looks {
			active := make([]bool, columns*rows)
			c.draw(active, look)
			k.take(active, columns, &all, at)
			at += lookEvery
		}
		got := union(k.strong(nil, 0, 0, picture))
		if c.strong != (len(got) > 0) {
			t.Errorf("what %s: %v", c.name, got)
		}
		if c.strong && (len(got) != 1 || got[0].from != 0 || got[0].to != at-lookEvery+tail) {
			t.Errorf("what %s: %v, from its first look to its last", c.name, got)
		}
		if k.forget(); len(k.strong(nil, 0, 0, picture)) > 0 {
			t.Errorf("what %s is told twice", c.name)
		}
	}
}

// TestUnion: times that touch are one.
func TestUnion(t *testing.T) {
	t.Parallel()
	box := func(x int) image.Rectangle { return image.Rect(x, 0, x+1, 1) }
	got := union([]span{{5, 6, box(1)}, {1, 3, box(2)}, {2, 4, box(3)}, {4, 5, box(4)}, {8, 9, box(5)}, {8, 8, box(5)}})
	if want := []span{{1, 6, image.Rect(1, 0, 5, 1)}, {8, 9, box(5)}}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestRareStills: a strong track counts where stills are rare, and not where they are
// many; nothing is told twice, and a track goes on over a still.
func TestRareStills(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		apart time.Duration
		want  []span
	}{
		{10 * time.Second, []span{{from: 2 * time.Second, to: 10 * time.Second}, {from: 10 * time.Second, to: 12 * time.Second}}},
		{rare - 1, nil},
	} {
		var d Detector
		var got []span
		d.Moved = func(m Motion) { got = append(got, span{from: m.From, to: m.To}) }
		d.begin(0)
		track := func(from, to time.Duration) {
			d.tracks.spans = []trackSpan{{span: span{from: from, to: to}, zones: 1, size: 9}}
		}
		track(2*time.Second, c.apart+tail)
		d.close(c.apart, nil)
		track(2*time.Second, 12*time.Second)
		d.close(2*c.apart, nil)
		if !slices.Equal(got, c.want) {
			t.Errorf("stills %v apart: %v, want %v", c.apart, got, c.want)
		}
	}
}

// TestTracksOfAnotherSize: what was followed in pictures of one size is not followed in those
// of another, whose cells are others, also where the first of them stands for several.
func TestTracksOfAnotherSize(t *testing.T) {
	t.Parallel()
	picture := func(columns, rows int) *h264.Picture {
		return &h264.Picture{
			SPS:     &h264.SPS{Columns: columns, Rows: rows, Width: 16 * columns, Height: 16 * rows},
			Columns: columns, Rows: rows, Energy: make([]uint16, columns*rows),
		}
	}
	for _, weight := range []int{1, longRun} {
		var d Detector
		d.begin(0)
		wide := picture(20, 12)
		d.look(wide, 0, weight)
		followed := track{at: time.Second, age: 1}
		d.tracks.all = append(d.tracks.all, followed)
		if d.look(wide, time.Second, weight); len(d.tracks.all) != 1 {
			t.Errorf("weight %d: %d tracks in pictures of the same size", weight, len(d.tracks.all))
		}
		if d.look(picture(12, 20), time.Second, weight); len(d.tracks.all) != 0 {
			t.Errorf("weight %d: %+v goes on in pictures of another size", weight, d.tracks.all)
		}
	}
}

// TestWhole: of what stirs a part is no noise that hangs together and is much of it, however
// large, in the zones that it lies in.
func TestWhole(t *testing.T) {
	t.Parallel()
	const columns, rows = 40, 23
	zones := make([]uint16, columns*rows)
	for i := range zones {
		zones[i] = 1 << (i % columns / 20) // the left half and the right
	}
	for name, c := range map[string]struct {
		side, apart int // of a part on the left, and how far apart single cells are
		want        uint16
	}{
		"nothing":                     {0, 0, 0},
		"a part":                      {3, 0, 1},
		"a small part":                {2, 0, 0},
		"a large part":                {18, 0, 1},
		"a part among little else":    {4, 12, 1},
		"a small part among its like": {4, 3, 0},
	} {
		active := make([]bool, columns*rows)
		for y := range rows {
			for x := range columns {
				active[y*columns+x] = x < c.side && y < c.side || c.apart > 0 && x%c.apart == 2 && y%c.apart == 2
			}
		}
		var f tracks
		if f.find(active, columns, &cover{zones: zones}); f.whole != c.want {
			t.Errorf("%s: in zones %b, want %b", name, f.whole, c.want)
		}
	}
}
