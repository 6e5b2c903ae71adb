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

// notes says whether something of a camera is noted as due.
func (x *index) notes(id media.CameraID) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.Contains(x.due.Cameras, id)
}

// begins starts the recorder, which records of the second camera events alone, to the first pool;
// while that goes on no gap is told that lies over anything.
func (w *two) begins() {
	w.t.Helper()
	w.begin()
	w.r.RecordTo(w.other.id, 0)
	w.r.Plan(w.cam.id, Plan{Mode: media.ModeOff})
	w.r.Plan(w.other.id, Plan{Mode: media.ModeEvents})
	synctest.Wait()
	w.index.apart(w.t)
	w.events(200)
	w.listed()
}

// events has so many pictures of the second camera come, as fast as they do.
func (w *two) events(pictures int) {
	for range pictures {
		w.other.picture()
		time.Sleep(interval)
		synctest.Wait()
	}
}

// crashes kills a recorder that records, and a minute later the other camera's pool is away: back
// brings it back.
func (w *two) crashes() (back func()) {
	w.begin()
	w.records()
	w.events(50)
	w.killed()
	w.clock.Advance(time.Minute)
	return w.away()
}

// TestCrashOfBefore: what a crash left open in a pool that was not there at the next start has no
// gap behind it when the pool is back, but what that start told: what was recorded since is none.
func TestCrashOfBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTwo(t)
		back := w.crashes()
		w.begins()
		_, err := w.r.Trigger(w.other.id, Trigger{Kind: media.KindMotion, Hold: true})
		must(t, err)
		w.events(300)
		w.listed()
		index := w.index.copy()
		w.halt()
		w.index = index
		back()
		w.clock.Advance(time.Minute)
		w.begins()
		if rows := w.of(w.other); len(rows) != 2 || rows[0].State != StateRecovered || rows[1].State != StateComplete {
			t.Errorf("%+v", rows)
		}
		gaps := w.gapsOf(w.other)
		for _, g := range gaps {
			if lasts := g.To.Sub(g.From); g.Cause != GapHub || lasts < 55*time.Second || lasts > 85*time.Second { // up to the next note of what is due
				t.Errorf("%+v", g)
			}
		}
		if len(gaps) != 2 {
			t.Errorf("%d gaps", len(gaps))
		}
		w.index.apart(t)
		w.halt()
	})
}

// TestLateRepair: the gap behind a file that a crash left open in a pool that is away begins where the
// file does, for nobody knows how long it is; once the pool is back, and the file repaired, behind it.
func TestLateRepair(t *testing.T) {
	for _, goesOn := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			w := newTwo(t)
			back := w.crashes()
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

// TestCrashesBehindAnIndex: an index that is older than the files has a clip open that ended when the
// hub was killed, and knows none of what was recorded behind that but by a repair: a gap is
// between them, and one behind the newest.
func TestCrashesBehindAnIndex(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.plan(Plan{Mode: media.ModeContinuous})
	h.recording()
	h.goOn(59)
	wait(t, "what is due to be noted", func() bool { return h.index.notes(h.cam.id) })
	h.listed()
	old := h.index.copy()
	dir := h.image().dir
	h.halt()
	h.dir, h.index = dir, old.copy()
	h.clock.Advance(time.Minute)
	h.start(func(c *Config, _ *Recorder) { c.MaxClip = 10 * time.Second })
	h.plan(Plan{Mode: media.ModeContinuous})
	h.recording()
	h.goOn(299)
	h.listed()
	rows := h.index.all()
	h.halt()
	for _, row := range rows[1:] {
		if row.State == StateComplete {
			old.clips[row.Clip] = row
		}
	}
	h.index = old
	h.clock.Advance(time.Minute)
	h.start()
	wait(t, "the gaps of before", func() bool {
		h.r.mu.Lock()
		defer h.r.mu.Unlock()
		return h.r.resumes
	})
	h.listed()
	h.index.apart(t)
	h.plan(Plan{Mode: media.ModeContinuous})
	h.recording()
	h.goOn(gop)
	wait(t, "two gaps", func() bool {
		gaps := h.index.allGaps()
		return len(gaps) == 2 && !gaps[1].To.IsZero()
	})
	for _, g := range h.index.allGaps() {
		if g.Cause != GapHub || g.To.Sub(g.From) < 55*time.Second || g.To.Sub(g.From) > 75*time.Second {
			t.Errorf("%+v", g)
		}
	}
	h.index.apart(t)
}
