package recorder

import (
	"cmp"
	"time"
)

// owns says whether a row that went on is of a gap that began since the start, and may be over or taken back by
// now.
func (g *coverage) owns(row GapRow) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.told.Equal(row.From)
}

// resume goes on with a gap of before the start. Where it is not missed any more it was over
// then; false asks to come again, for what is to be recorded may not have been said yet.
func (g *coverage) resume(b broken, started time.Time, patience bool) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	row := b.row
	all := g.aim.due && g.aim.event.IsZero() && g.aim.rest == (row.Cause == GapPrivacy)
	switch {
	case !all && patience:
		return false
	case !all && !row.Event.IsZero(): // nobody knows how long that went on
		row.To = row.From.Add(gapTold)
	case !all:
		row.To = g.dates.date(started)
	case g.aim.rest: // and rests on
		g.drop()
	case !g.first.IsZero():
		row.To = g.dates.date(g.first)
	case !g.open.From.IsZero(): // since it runs another is to blame
		row.To = g.dates.date(g.since)
	}
	switch {
	case row.To.IsZero():
	case !row.To.After(row.From): // the clock was put back to before it
		g.remove(row)
		return true
	default:
		if b.stored || row.To.Sub(row.From) > gapLeast {
			g.put(row)
			g.over(row)
		}
		return true
	}
	g.open, g.began, g.cause, g.before, g.turn = row, row.From, row.Cause, GapRow{}, ""
	g.until, g.called, g.resumed, g.stored = row.From, row.From, !g.aim.rest, b.stored
	if !b.stored {
		g.store()
	}
	return true
}

// excused says that the first picture of all may still come; g.mu is held.
func (g *coverage) excused(at time.Time) bool {
	return g.first.IsZero() && g.aim.event.IsZero() && at.Sub(g.since) <= gapGrace
}

// begin begins a gap where the recorded ends; g.mu is held. One that comes too soon after many
// others stands in the row of the last one.
func (g *coverage) begin(cause GapCause, now time.Time) {
	row := GapRow{Camera: g.camera, From: g.called, Cause: cause, Event: g.aim.event, Count: 1}
	if !row.From.Before(g.ended.From) && row.From.Before(g.ended.To) { // what was lost of a file, or an event's end
		row.From = g.ended.To
	}
	g.before, g.began, g.napped = GapRow{}, g.until, 0
	crowded := g.full.Sub(now) > (gapBurst-1)*gapRefill
	switch {
	case crowded && !g.ended.From.IsZero() && g.ended.Event == row.Event:
		g.before, g.began = g.ended, g.former
		row.From, row.Count = g.ended.From, g.ended.Count+1
		if row.Cause != g.ended.Cause {
			row.Cause = GapOther
		}
	case g.full.Before(now):
		g.full = now.Add(gapRefill)
	default:
		g.full = g.full.Add(gapRefill)
	}
	g.open, g.cause, g.turn, g.stored, g.resumed = row, cause, "", false, false
}

func (g *coverage) store() {
	g.stored, g.told = true, g.open.From
	g.put(g.open)
}

// close ends what is missing at a time, which is a row if it is long enough; g.mu is held.
func (g *coverage) close(at time.Time) {
	if g.open.From.IsZero() {
		if !g.aim.due || at.Sub(g.until) <= gapLeast || g.excused(at) {
			return
		}
		cause := cmp.Or(g.why, g.seemed, GapCamera)
		if g.stopped() || g.until.Before(g.woke) {
			cause = GapHub
		}
		g.begin(cause, at)
	}
	if at.Sub(g.until)+g.napped <= gapLeast && !g.resumed {
		g.drop()
		return
	}
	row := g.open
	row.To = g.ends(at)
	g.ended, g.former, g.open = row, g.began, GapRow{}
	if row.To.After(row.From) {
		g.put(row)
		g.over(row)
	} else { // the clock was put back to before it
		g.remove(row)
	}
	switch end := (gapEnd{at, g.cause, at.Sub(g.until)}); g.cause {
	case GapDisk, GapOverload:
		g.recent = append(g.recent, end)
		g.recent = g.recent[max(0, len(g.recent)-gapsOften):]
	case GapCamera:
		g.flaps = append(lately(g.flaps, at), end)
	}
	g.resumed, g.napped = false, 0
}

// drop takes back a gap that was none; g.mu is held.
func (g *coverage) drop() {
	row := g.open
	g.open, g.resumed, g.napped = GapRow{}, false, 0
	switch {
	case !g.stored || row.From.IsZero():
	case g.before.From.IsZero():
		g.remove(row)
	default:
		g.put(g.before)
	}
	g.stored = false
}
