package recorder

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"lares/cameras/media"
)

// apart fails if a gap lies over a file of the main stream, or over another gap.
func (x *index) apart(t *testing.T) {
	t.Helper()
	gaps, clips := x.allGaps(), x.all()
	for i, g := range gaps {
		for _, c := range clips {
			end := c.Start.Add(c.Duration)
			if c.Camera == g.Camera && !c.Beside && g.From.Before(end.Add(-interval)) && (g.To.IsZero() || g.To.After(c.Start.Add(interval))) {
				t.Errorf("a gap of the %s from %v to %v lies over what is recorded from %v to %v (%s)", g.Cause, g.From, g.To, c.Start, end, c.State)
			}
		}
		for _, other := range gaps[i+1:] {
			if other.Camera == g.Camera && (g.To.IsZero() || g.To.After(other.From)) {
				t.Errorf("a gap of the %s from %v to %v lies over another from %v to %v", g.Cause, g.From, g.To, other.From, other.To)
			}
		}
	}
}

// killed cuts the hub off: what it says at its end is not in the index, and no file ends.
func (w *two) killed() {
	w.t.Helper()
	w.listed()
	dir, more := w.t.TempDir(), filepath.Join(w.t.TempDir(), "disk")
	must(w.t, os.CopyFS(dir, os.DirFS(w.dir)))
	must(w.t, os.CopyFS(more, os.DirFS(w.more)))
	index := w.index.copy()
	w.halt()
	w.dir, w.more, w.pool.Dir, w.index = dir, more, more, index
}

// events has so many pictures of the second camera come, as fast as they do.
func (w *two) events(pictures int) {
	for range pictures {
		w.other.picture()
		time.Sleep(interval)
		synctest.Wait()
	}
}

// TestLateRepair: the gap behind a file that a crash left open in a pool that is away begins where the
// file does, for nobody knows how long it is; once the pool is back, and the file repaired, behind it.
func TestLateRepair(t *testing.T) {
	for _, goesOn := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			w := newTwo(t)
			w.begin()
			w.records()
			w.events(50)
			w.killed()
			w.clock.Advance(time.Minute)
			back := w.away()
			w.begin()
			if !goesOn {
				w.r.RecordTo(w.other.id, 0)
			}
			w.r.Plan(w.other.id, Plan{Mode: media.ModeContinuous})
			w.other.newRun(w.r)
			w.events(200)
			open := w.of(w.other)[0]
			back()
			wait(t, "what a crash left to be repaired", func() bool { return w.index.row(open.Clip).State == StateRecovered })
			w.listed()
			synctest.Wait()
			if g := w.gapsOf(w.other); len(g) == 0 || g[0].To.IsZero() != goesOn && len(g) == 1 {
				t.Errorf("%+v", g)
			}
			w.index.apart(t)
			w.events(100)
			w.listed()
			row := w.index.row(open.Clip)
			if g := w.gapsOf(w.other); len(g) == 0 || !g[0].From.Equal(row.Start.Add(row.Duration)) || g[len(g)-1].To.IsZero() {
				t.Errorf("%+v behind %+v", g, row)
			}
			w.index.apart(t)
			w.halt()
		})
	}
}

// gapsOf are the gaps of a camera.
func (w *two) gapsOf(c *cam) []GapRow {
	return slices.DeleteFunc(w.index.allGaps(), func(g GapRow) bool { return g.Camera != c.id })
}
