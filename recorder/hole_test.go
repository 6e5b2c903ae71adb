package recorder

import (
	"testing"
	"testing/synctest"
	"time"

	"lares/cameras/media"
)

// TestHoleInAFile: a file goes on over what is missing for less than five seconds. That is a row while it is
// written, and stays one when it has ended, as it should or by a repair.
func TestHoleInAFile(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.plan(Plan{Mode: media.ModeContinuous})
	h.recording()
	h.goOn(59)
	h.cam.skip(2 * gop)
	h.goOn(2 * gop)
	h.listed()
	want := GapRow{Camera: h.cam.id, From: h.at(59), To: h.at(100), Cause: GapCamera, Count: 1}
	only := func(h *house, state ClipState) {
		t.Helper()
		row := h.clips(1)[0]
		if row.State != state || row.Start.After(want.From) || state != StateOpen && row.Start.Add(row.Duration).Before(want.To) {
			t.Fatalf("%+v has no hole from %v to %v in it", row, want.From, want.To)
		}
		if gaps := h.index.allGaps(); len(gaps) == 0 || gaps[0] != want {
			t.Errorf("%s: gaps %+v, want %+v", state, gaps, want)
		}
	}
	only(h, StateOpen)
	torn := h.image()
	torn.index = h.index.copy()
	h.plan(Plan{Mode: media.ModeOff})
	h.paused()
	h.listed()
	only(h, StateComplete)
	torn.start()
	torn.listed()
	only(torn, StateRecovered)
}

// TestGapBehindAFileWithAHole: what is cut for a file leaves the gap that goes on behind its last picture.
func TestGapBehindAFileWithAHole(t *testing.T) {
	b := newBook()
	b.cut = func(from, to time.Time) {
		for name, g := range b.rows {
			if g.To.IsZero() && (chain{from, to}).holds(g.From) {
				delete(b.rows, name)
			}
		}
	}
	b.all(0)
	b.records(0, 10)
	b.records(13, 20)
	b.looks(GapCamera, 20, 30)
	b.filed(second(0), second(20.1))
	b.is(t, lack{10, 13, GapCamera, 1}, lack{20, -1, GapCamera, 1})
}

// TestGapsAreBoundedByFiles: of a camera that comes and goes, and is recorded each time, few rows are left
// as well, and none lies over another.
func TestGapsAreBoundedByFiles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const times = 2 * gapBurst
		h := newHouse(t)
		h.start()
		h.plan(Plan{Mode: media.ModeContinuous})
		h.recording()
		h.goOn(gop - 1)
		for range times {
			h.leaves(4*gop, h.paused) // what is recorded behind it is another file
			h.read()
			synctest.Wait()
		}
		h.listed()
		gaps, until := 0, time.Time{}
		rows := h.index.allGaps()
		for _, g := range rows {
			if g.From.Before(until) {
				t.Errorf("%+v lies over what is before %v", g, until)
			}
			gaps, until = gaps+g.Count, g.To
		}
		if most := gapBurst + int(h.clock.Now().Sub(h.at(0))/gapRefill) + 1; gaps != times || len(rows) > most {
			t.Errorf("%d gaps in %d rows, want %d in %d at most", gaps, len(rows), times, most)
		}
		h.halt()
	})
}

// TestGapThatWasCut: no further gap comes to a row out of which a file was cut, for that would be in it again.
func TestGapThatWasCut(t *testing.T) {
	b := newBook()
	var cuts int
	b.cut = func(_, _ time.Time) { cuts++ }
	b.all(0)
	at := 0.0
	gap := func() (newest GapRow) {
		b.records(at, at+5)
		b.looks(GapCamera, at+5, at+20)
		at += 20
		b.records(at, at+0.1)
		for _, row := range b.rows {
			if row.From.After(newest.From) {
				newest = row
			}
		}
		return newest
	}
	b.files.recorded(second(at+8), second(at+16)) // what was repaired late
	row := gap()
	if cuts != 1 || len(b.rows) != 1 || row.Count != 1 {
		t.Fatalf("%d cuts, %d rows, the last %+v", cuts, len(b.rows), row)
	}
	b.full = second(at).Add(2 * gapBurst * gapRefill) // as behind very many
	next := gap()
	if b.rows[row.From.UnixNano()] != row || next.Count != 1 || next.From.Before(row.To) {
		t.Errorf("%+v behind %+v, which was %+v", next, b.rows[row.From.UnixNano()], row)
	}
	if more := gap(); more.Count != 2 || !more.From.Equal(next.From) {
		t.Errorf("%+v behind %+v", more, next)
	}
}
