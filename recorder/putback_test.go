package recorder

import (
	"slices"
	"testing"
	"time"

	"lares/cameras/media"
)

// TestPutBackToWhatIsGone: where the clock is put back to a time of which what was recorded went for want of
// room, what is recorded now has no date of then: it would be the oldest, and go first.
func TestPutBackToWhatIsGone(t *testing.T) {
	h := newHouse(t)
	h.cam.pad = 2000
	h.shows(h.clock.Now())
	h.start()
	h.moment(80)
	room := 5 * h.clips(1)[0].Bytes / 2
	h.halt()
	h.start(func(c *Config, _ *Recorder) { c.LimitBytes = room })
	recorded := []media.ClipID{h.clips(1)[0].Clip}
	next := func() ClipRow {
		t.Helper()
		h.moment(80)
		var row ClipRow
		wait(t, "two clips to be left", func() bool {
			rows := h.index.all()
			i := slices.IndexFunc(rows, func(c ClipRow) bool { return !slices.Contains(recorded, c.Clip) })
			if i >= 0 {
				row = rows[i]
			}
			return len(rows) == 2
		})
		if recorded = append(recorded, row.Clip); row.Clip.IsZero() {
			t.Fatal("what was just recorded went")
		}
		h.clock.Advance(5 * time.Minute)
		return row
	}
	gone := next().Start
	for range 3 {
		next()
	}
	h.shows(gone)
	for range 3 {
		before := h.index.all()
		row := next()
		if !row.Start.After(before[0].Start) || !row.Start.After(before[1].Start) {
			t.Errorf("%+v is not behind %+v", row, before)
		}
	}
	if got := h.r.Health().Bytes; got > room {
		t.Errorf("%d bytes, of %d", got, room)
	}
}
