package recorder

import (
	"context"
	"time"
)

const (
	// datesWithin is how long the index may take for one answer, and for how long it is not asked
	// again where a file did not wait for it any more.
	datesWithin = 4 * time.Second
	// datesAgain is how soon it is asked again while one waits.
	datesAgain = 500 * time.Millisecond
	// datesPatience is how long a file waits at most for what was recorded at its date to be known: what
	// comes meanwhile waits where it came in, as long as there is room for it, and its run's opener is
	// kept for so long.
	datesPatience = 30 * time.Second
	// pastPages is how many pages of rows are looked through for a time that is free. Behind so
	// many files without one the next is that behind all there is.
	pastPages = 20
	// newestRows is of how many of the newest rows the end is looked at: files end in another order
	// than they began.
	newestRows = 32
)

// past is what a tape was told of before the rows of all recordings are read, which may take long:
// the times around the dates that were asked for.
type past struct {
	turn   lock      // held while the index is asked; guards following
	known  []chain   // all rows that begin in these are on the tape; to is zero without an end
	gaveUp time.Time // when it was asked in vain for the last time; zero: never
	failed tale
}

// knows says whether the tape knows all that is recorded at a date, and for as long behind it as has to
// be free there.
func (c *camera) knows(ctx context.Context, date time.Time) bool {
	if isClosed(c.r.ready) {
		return true
	}
	if c.past.turn.hold(ctx) != nil {
		return false
	}
	defer c.past.turn.release()
	return c.past.has(date, date.Add(c.tape.room))
}

// has says whether all between two dates is known; p.turn is held.
func (p *past) has(from, to time.Time) bool {
	for _, k := range p.known {
		if !from.Before(k.from) && (k.to.IsZero() || !to.After(k.to)) {
			return true
		}
	}
	return false
}

// learn has the tape know what is recorded at a date, up to a time behind it that is free; false where the
// index does not say. It is asked until no more can wait for it, the first time.
func (c *camera) learn(ctx context.Context, date time.Time) bool {
	if c.past.turn.hold(ctx) != nil {
		return false
	}
	defer c.past.turn.release()
	if c.past.has(date, date.Add(c.tape.room)) {
		return true
	}
	now := c.r.config.Clock.Now()
	if !c.past.gaveUp.IsZero() && now.Sub(c.past.gaveUp) < datesWithin {
		return false
	}
	patience := time.NewTimer(datesPatience)
	defer patience.Stop()
	to, err := c.asksPast(ctx, date)
	for waits := c.past.gaveUp.IsZero(); err != nil && waits && !c.half(); {
		select {
		case <-time.After(datesAgain):
		case <-patience.C:
			waits = false
			continue
		case <-c.r.ready: // all rows are read
			return true
		case <-ctx.Done():
			return false
		}
		to, err = c.asksPast(ctx, date)
	}
	if err != nil {
		c.past.gaveUp = c.r.config.Clock.Now()
		if times, told := c.past.failed.tell(now); told {
			c.r.config.Log.Warn("the index does not say what was recorded before: a file may have the date of another", "camera", c.id.String(), "times", times, "error", err)
		}
		return false
	}
	c.past.known = append(c.past.known, chain{date, to})
	return true
}

// asksPast is readPast that does not take long.
func (c *camera) asksPast(ctx context.Context, date time.Time) (to time.Time, err error) {
	ctx, cancel := context.WithTimeout(ctx, datesWithin)
	defer cancel()
	return c.readPast(ctx, date)
}

// half says whether half as much waits to be recorded as may.
func (c *camera) half() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.reader != nil && c.reader.Queue().Half
}

// passes has nothing be free from a date on up to behind all there is, where that was told at the start; false
// where it was not, or the date is behind it.
func (c *camera) passes(date time.Time) bool {
	end := c.r.dates.end().Add(c.tape.room) // what a crash left open may be so long
	if !c.r.dates.isSure() || !date.Before(end) {
		return false
	}
	c.tape.recorded(date, end)
	return true
}

// readPast puts what is recorded from a date on on the tape, and returns up to when all of it is there:
// behind a time that is free, or zero for all. c.past.turn is held.
func (c *camera) readPast(ctx context.Context, date time.Time) (to time.Time, err error) {
	end := date
	q := ClipQuery{Camera: c.id, After: date.Add(-c.tape.room), Limit: scanPage}
	for range pastPages {
		rows, err := c.r.config.Index.Clips(ctx, q)
		if err != nil {
			return time.Time{}, err
		}
		for _, row := range rows {
			if row.Beside != c.isBeside() || c.r.isBorn(row.Clip) {
				continue
			}
			if free := end.Add(c.tape.room + together); row.Start.After(free) {
				return free, nil
			}
			if row.State == StateOpen {
				row.Duration = c.r.lasts(ctx, row, date)
			}
			c.r.recorded(row)
			end = later(end, row.Start.Add(row.Duration))
		}
		if len(rows) < scanPage {
			return time.Time{}, nil
		}
		last := rows[len(rows)-1]
		q.After, q.AfterClip = last.Start, last.Clip
	}
	c.tape.recorded(date, c.r.dates.end())
	return time.Time{}, nil
}

// lasts is how long a file is that a crash left open, as the heads of its records say it: a repair, which
// reads it whole, leaves no more of it. Where its disk does not say it may be as long as any, if the
// clock shows less than when it began, and so was set.
func (r *Recorder) lasts(ctx context.Context, row ClipRow, date time.Time) time.Duration {
	longest := 2 * r.config.MaxClip
	if d := r.numbered(row.Pool); d != nil && d.pool.There() {
		read := make(chan time.Duration, 1)
		r.errands.Go(func() {
			if lasts, err := d.lasts(row); err == nil {
				read <- min(lasts, longest)
			}
			close(read)
		})
		select {
		case lasts, ok := <-read:
			if ok {
				return lasts
			}
		case <-ctx.Done():
		}
	}
	if date.Before(row.Start) {
		return longest
	}
	return 0
}

// lasts is how long a clip is, by the heads of its records.
func (d *disk) lasts(row ClipRow) (time.Duration, error) {
	f, err := d.file(row.Camera, row.Clip)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	if row.Bytes, err = f.Size(); err == nil {
		err = heads(f, &row)
	}
	return row.Duration, err
}

// lookBack asks up to when anything was recorded or missing, and waits for it, but not for long: a clock that
// was not set yet tells its times from then on, and what is recorded before that may lie where a gap is.
func (r *Recorder) lookBack(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, diskWaits)
	defer cancel()
	rows, err := r.config.Index.Clips(ctx, ClipQuery{Newest: true, Limit: newestRows})
	if err != nil {
		return // the scan asks again, and tells
	}
	for _, row := range rows {
		r.dates.behind(row.Start.Add(row.Duration))
	}
	r.dates.knowsAll()
	gaps, err := r.config.Index.GapsEnd(ctx)
	if err != nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.missed = gaps
	for id, end := range gaps {
		r.cover(id).gapsUntil(end)
	}
}
