package recorder

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"lares/cameras/media"
)

const (
	// gapsEvery is how often is looked for what is missing.
	gapsEvery = time.Second
	// settleWithin is how long after a start is waited for what is to be recorded to be said.
	settleWithin = 10 * time.Second
	// gapsExpireEvery is how often old gaps go, and events of which nothing is recorded, gapsKept for
	// how long they stay where nothing else is left of their time, and gapsMost how many gaps of a camera.
	gapsExpireEvery = time.Hour
	gapsKept        = 31 * 24 * time.Hour
	gapsMost        = 2000
)

// broken is a gap that the stop before left, or a crash began, until somebody says what is to
// be recorded now.
type broken struct {
	row    GapRow
	stored bool
}

// cover is the coverage of a camera; r.mu is held.
func (r *Recorder) cover(id media.CameraID) *coverage {
	g := r.covers[id]
	if g == nil {
		g = r.newCoverage(id)
		r.covers[id] = g
	}
	return g
}

func (r *Recorder) newCoverage(id media.CameraID) *coverage {
	return &coverage{camera: id, files: r.filed(id), dates: timeline{&r.dates, r.tape(id, false)}, put: r.putGap, remove: r.removeGap, cut: func(from, to time.Time) { r.cutGaps(id, from, to) }, machine: r.config.Machine, naps: r.naps()}
}

func (r *Recorder) putGap(row GapRow) {
	r.queue.putRow(row.Camera, "gap", func(ctx context.Context, rows RowIndex) error { return rows.GapPut(ctx, row) })
}

func (r *Recorder) removeGap(row GapRow) {
	r.queue.put(row.Camera, "gap removed", func(ctx context.Context) error { return r.config.Index.GapRemoved(ctx, row.Camera, row.From) })
}

// cutGaps has no gap lie over what was recorded in a time before others.
func (r *Recorder) cutGaps(id media.CameraID, from, to time.Time) {
	r.queue.putRow(id, "gaps cut", func(ctx context.Context, rows RowIndex) error { return rows.GapsCut(ctx, id, from, to) })
}

// watchGaps looks for what is missing until ctx ends.
func (r *Recorder) watchGaps(ctx context.Context) {
	ticker := time.NewTicker(gapsEvery)
	defer ticker.Stop()
	expired := r.config.Clock.Now()
	slept := r.naps()
	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		now := r.config.Clock.Now()
		r.wake(&slept, now)
		r.settle(now.Sub(r.began) < settleWithin)
		r.look(now)
		r.noteDue(now)
		if old := r.ages.counts(now); old && now.Sub(expired) > gapsExpireEvery {
			expired = now
			before := now.Add(-gapsKept)
			r.queue.put(media.CameraID{}, "gaps expired", func(ctx context.Context) error {
				return r.config.Index.GapsExpire(ctx, before, gapsMost)
			})
			r.queue.put(media.CameraID{}, "events expired", func(ctx context.Context) error {
				return r.config.Index.EventsExpire(ctx, before)
			})
		}
	}
}

// look looks at each camera that is recorded.
func (r *Recorder) look(now time.Time) {
	r.mu.Lock()
	cameras := slices.Collect(maps.Values(r.cameras))
	r.mu.Unlock()
	for _, c := range cameras {
		seems := c.seems(now)
		if c.cover.idle() {
			seems = c.ready(now)
		}
		c.cover.look(seems, now)
	}
}

// seems is why nothing of a camera is recorded where nobody says so: its disk, or a loop that is busy while
// pictures come; else the camera, which brings none, whatever the loop does meanwhile.
func (c *camera) seems(now time.Time) GapCause {
	if c.writes.stuck(now) {
		return GapDisk
	}
	c.mu.Lock()
	waits := c.waits
	c.mu.Unlock()
	if waits {
		return GapCamera
	}
	if newest, err := c.newest(); err == nil && c.cover.lacks(newest) {
		return GapOverload
	}
	return GapCamera
}

// stopGaps notes of each camera what will be missing.
func (r *Recorder) stopGaps() {
	now := r.config.Clock.Now()
	r.settle(now.Sub(r.began) < settleWithin)
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, b := range r.broken { // nothing was said yet: the next start goes on with it
		if !b.stored && r.covers[id] != nil {
			r.putGap(b.row)
		}
	}
	for _, g := range r.covers {
		g.stop(now)
	}
	if !r.resumes { // what was noted before tells more
		return
	}
	r.queue.put(media.CameraID{}, "nothing due", func(ctx context.Context) error { return r.config.Index.DuePut(ctx, Due{}) })
}

// goOn takes over the gaps that the index has as going on, and those that a crash began: where a
// clip was left open, or else when last was noted what was due. clips
// are all of before, the oldest first: where one follows such a gap that was over then, for an
// index may be older than the files, a crash may come before the row of its end, and another one
// have come before it.
func (r *Recorder) goOn(rows []GapRow, clips []ClipRow, crashed left, last Due) {
	found := map[media.CameraID]broken{}
	slices.SortFunc(rows, func(a, b GapRow) int { return cmp.Compare(a.From.UnixNano(), b.From.UnixNano()) })
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, row := range rows {
		if g := r.covers[row.Camera]; g != nil && g.owns(row) {
			continue // it is of now
		}
		if older, ok := found[row.Camera]; ok {
			r.endGap(older.row, row.From)
			delete(found, row.Camera)
		}
		if next, ok := r.next(clips, row.Camera, row.From); ok {
			r.endGap(row, next)
			continue
		}
		found[row.Camera] = broken{row: row, stored: true}
	}
	for id, files := range crashed {
		for _, file := range files {
			gap := GapRow{Camera: id, From: file.to, Cause: GapHub, Count: 1}
			next, ok := r.next(clips, id, gap.From)
			if b, goesOn := found[id]; goesOn && (!ok || b.row.From.Before(next)) {
				next, ok = b.row.From, true
			}
			if ok { // a crash before the last one, perhaps
				if !r.missed[id].After(gap.From) && next.Sub(gap.From) > gapLeast { // else the start behind it told
					r.endGap(gap, next)
				}
				continue
			}
			gap.From = r.behindGaps(id, gap.From)
			r.putGap(gap) // whatever becomes of this start
			found[id] = broken{row: gap, stored: true}
		}
	}
	for _, id := range last.Cameras {
		from := r.behindGaps(id, later(last.At, r.lastly[id]))
		if _, ok := found[id]; !ok && from.Before(r.began) { // else the clock was set back, and nobody knows
			found[id] = broken{row: GapRow{Camera: id, From: from, Cause: GapHub, Count: 1}}
		}
	}
	maps.Copy(r.broken, found)
	r.uncover(crashed)
	r.resumes = true
}

// uncover has no gap lie over what a crash left open: until that is repaired nobody knows how long it
// is, and a gap may begin in it. r.mu is held.
func (r *Recorder) uncover(crashed left) {
	for id, files := range crashed {
		for _, file := range files {
			if !file.to.After(file.from) {
				continue
			}
			r.cutGaps(id, file.from, file.to)
			if b, ok := r.broken[id]; ok && file.holds(b.row.From) {
				if b.row.From = file.to; b.stored {
					r.putGap(b.row)
				}
				r.broken[id] = b
			}
			if g := r.covers[id]; g != nil {
				g.uncover(file)
			}
		}
	}
}

// next is when the first file of a camera's main stream begins behind a date, of those of before.
func (r *Recorder) next(clips []ClipRow, id media.CameraID, behind time.Time) (start time.Time, ok bool) {
	i := slices.IndexFunc(clips, func(c ClipRow) bool {
		return c.Camera == id && !c.Beside && c.Start.After(behind) && c.Start.Before(r.began)
	})
	if i < 0 {
		return time.Time{}, false
	}
	return clips[i].Start, true
}

// behindGaps is from when on something is missing by what a crash left, or when the newest gap ended that began
// behind that: what is due is noted once a minute, and a file has lost what was not on the disk yet. r.mu is held.
func (r *Recorder) behindGaps(id media.CameraID, from time.Time) time.Time {
	if end := r.missed[id]; end.Before(r.began) {
		return later(from, end)
	}
	return from
}

func (r *Recorder) endGap(row GapRow, at time.Time) {
	row.To = at
	r.putGap(row)
}

// settle has those gaps go on, or end; with patience not yet where nothing is said of what is
// to be recorded.
func (r *Recorder) settle(patience bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, b := range r.broken {
		g := r.covers[id]
		if g == nil && !b.stored && !patience {
			delete(r.broken, id) // it is none any more
			continue
		}
		if g == nil {
			g = r.newCoverage(id)
		}
		if g.resume(b, r.began, patience) {
			delete(r.broken, id)
		}
	}
}
