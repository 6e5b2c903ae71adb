package journal

import (
	"time"

	"lares/hub/store"
)

// timeline turns the time of rows into one that follows their order: a clock that is
// set back makes nothing happen before what is written before it.
type timeline struct {
	shift time.Duration // what is added to the clock's time now
	high  time.Time     // the latest so far, on the timeline
	was   time.Time     // the clock at the last row that was written at once
	top   time.Time     // the latest that the clock was
	back  []ClockBack
}

// ClockBack is a row before which the hub's clock was set back.
type ClockBack struct {
	Seq      int64
	From, To time.Time // what it was, and became
}

// atOnce reports whether rows of a kind are noted when what they say happens, and not
// when it ends.
func atOnce(k Kind) bool {
	switch k {
	case SignIn, Live, Clip, Export, Guest:
		return true
	}
	return ofRights(k)
}

// follow gives a row its place.
func (t *timeline) follow(row store.JournalRow) time.Time {
	when, kind := row.At.Add(t.shift), Kind(row.Kind)
	if atOnce(kind) {
		if when.Before(t.high.Add(-tolerance)) { // how much later it was nobody knows, but it was
			t.shift += t.high.Add(2 * tolerance).Sub(when)
			when = row.At.Add(t.shift)
			if row.At.Before(t.was.Add(-tolerance)) {
				t.back = append(t.back, ClockBack{row.Seq, t.was, row.At})
			}
		}
		t.was = row.At
	}
	if atOnce(kind) || kind == Thumbnails || kind == Glimpse || kind == Events || atOnce(begun(kind)) && !cutShort(entry(row)) {
		t.high = later(t.high, when)
		t.top = later(t.top, row.At)
	}
	return when
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// timed is a row with its place on the timeline.
type timed struct {
	Entry
	when  time.Time
	asked bool // for a delivery: it is within what is asked
}

// offset is what the clock's time of then lacks.
func (e timed) offset() time.Duration { return e.when.Sub(e.At) }

// end is when a right ends on the timeline, as seen from a row; zero is never. When it
// expires the clock says.
func (s spell) end(offset time.Duration) time.Time {
	if s.expires.IsZero() {
		return s.until
	}
	if at := s.expires.Add(offset); s.until.IsZero() || at.Before(s.until) {
		return at
	}
	return s.until
}
