package worker

import (
	"bytes"
	"testing"
	"time"

	"lares/cameras/episode"
	"lares/cameras/internal/wire"
	"lares/cameras/media"
	"lares/cameras/motion"
)

// TestGlow: what a picture that stands alone showed stays until the next one; what moved
// between fades, and never counts by itself.
func TestGlow(t *testing.T) {
	var w glow
	show := func(still bool, columns int, cells ...byte) {
		w.add(motion.Heat{Columns: columns, Rows: len(cells) / columns, Wide: 1, High: 1, Still: still, Cells: cells})
	}
	is := func(what string, want ...byte) {
		t.Helper()
		if !bytes.Equal(w.heat.Cells, want) {
			t.Errorf("%s: %v, want %v", what, w.heat.Cells, want)
		}
	}
	show(false, 2, 50, 0, 255, 10)
	is("a look", 20, 0, stirring, 4)
	show(false, 2, 0, 100, 0, 0)
	is("the next", 15, 40, 30, 3)
	show(true, 2, 200, 0) // a row less
	is("a still", 200, 0, 0, 0)
	show(false, 2, 0, 80, 100, 0)
	show(false, 2, 0, 0, 0, 0)
	is("what has moved since", 200, 24, 30, 0)
	show(true, 2, 0, 7)
	is("another still", 0, 7, 0, 0)
	show(false, 2, 0, 0, 0, 90)
	for range 40 {
		show(false, 2, 0, 0, 0, 0)
	}
	is("long after", 0, 7, 0, 0)
	w.add(motion.Heat{Columns: 1, Rows: 1, Wide: 2, High: 1, Cells: []byte{50}})
	is("of another size", 20)
}

// TestGlowDue: it is told at once again where the time of the pictures went back, as where a
// camera's clock was set, and not only when that has come as far as before.
func TestGlowDue(t *testing.T) {
	var w glow
	for i, c := range []struct {
		at  time.Duration
		due bool
	}{{time.Hour, true}, {time.Hour + heatEvery - 1, false}, {time.Hour + heatEvery, true}, {time.Minute, true}, {time.Minute + heatEvery - 1, false}, {time.Minute + heatEvery, true}} {
		if w.heat.At = c.at; w.due() != c.due {
			t.Errorf("picture %d at %v: due is not %v", i, c.at, c.due)
		}
	}
}

// TestHeatIsTold to a hub that asks, no more often than it may, and not any more once
// nobody has asked for a while.
func TestHeatIsTold(t *testing.T) {
	e, conn := newEye(true)
	now := time.Minute
	e.w.now = func() time.Duration { return now }
	g := gaze{e: e, of: media.StreamSub, watcher: &episode.Watcher{}}
	told := func() (n int) {
		for r := wire.NewReader(conn); ; n++ {
			typ, body, err := r.Next()
			if err != nil {
				return n
			}
			if of, _, err := wire.ParseHeated(body); typ != wire.TypeHeated || err != nil || of != media.StreamSub {
				t.Errorf("a frame of type %d of stream %d: %v", typ, of, err)
			}
		}
	}
	// look is a second of pictures.
	look := func() {
		for i := range 10 {
			g.shine()
			if g.watcher.Heat != nil {
				g.watcher.Heat(motion.Heat{At: now, Columns: 1, Rows: 1, Wide: 1, High: 1, Cells: []byte{byte(i)}})
			}
			now += 100 * time.Millisecond
		}
	}
	look()
	if n := told(); n != 0 {
		t.Errorf("told %d times, and nobody asked", n)
	}
	e.warm()
	look()
	if n := told(); n != 3 {
		t.Errorf("told %d times in a second, not 3", n)
	}
	now += heatFor
	look()
	if n := told(); n != 0 || g.watcher.Heat != nil || g.glow.heat.Cells != nil {
		t.Errorf("told %d times, and nobody asks any more", n)
	}
}
