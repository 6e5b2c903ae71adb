package recorder

import (
	"context"
	"errors"
	"io/fs"
	"slices"

	"lares/cameras/media"
	"lares/recorder/internal/pool"
	"lares/recorder/sealed"
)

// logged is how many strange files the scan names in the log.
const logged = 10

// sift looks at all that is in the pool.
func (d *disk) sift(ctx context.Context, l listing) {
	d.resume(ctx)
	told := map[media.CameraID]struct{}{}
	for _, row := range l.rest {
		if ctx.Err() != nil {
			return
		}
		if d.inspect(ctx, row) || !d.r.gone(ctx, row) {
			continue
		}
		if _, again := told[row.Camera]; !again && d.r.config.Damaged != nil { // many may be gone at once
			told[row.Camera] = struct{}{}
			d.r.config.Damaged(row.Camera, row.Clip)
		}
	}
	d.lookAround(ctx, l.known)
	d.r.enforce()
}

// inspect looks at the ends of a file whose row is not open: it reads header
// and end, nothing between. The listing may be old by now: a file that is there
// while d.tidy is held still has its row. It is false where there is none.
func (d *disk) inspect(ctx context.Context, row ClipRow) (there bool) {
	r := d.r
	if d.tidy.hold(ctx) != nil {
		return true
	}
	defer d.tidy.release()
	f, err := d.file(row.Camera, row.Clip)
	if errors.Is(err, fs.ErrNotExist) {
		return false
	}
	if err != nil {
		r.config.Log.Error("looking at a clip", "clip", row.Clip.String(), "error", err)
		return true
	}
	defer f.Close()
	var end sealed.End
	err = r.belongs(f, row)
	if err == nil {
		var size int64
		if size, err = f.Size(); err == nil {
			_, end, err = sealed.ReadEnd(f, size, r.config.Keys.Signers())
		}
	}
	if err == nil && row.State == StateDamaged && row.Duration > 0 { // it was gone, and is back
		row.State = endState(end.State)
		r.config.Log.Info("clip is there again", "clip", row.Clip.String(), "camera", row.Camera.String())
		r.mark(ctx, row)
	}
	if err != nil && row.State != StateDamaged && row.State != StateRemoving && isFormat(err) {
		row.State = StateDamaged
		r.damaged(row, err)
		r.mark(ctx, row)
	}
	return true
}

// gone says whether the file of a clip that is not where it was listed is nowhere else, nor may lie in a
// pool that is away, and marks its row as damaged then.
func (r *Recorder) gone(ctx context.Context, row ClipRow) bool {
	if row.State == StateDamaged || row.State == StateRemoving {
		return false
	}
	_, f, err := r.file(row.Camera, row.Clip) // no lock is held: another disk may not answer
	if err == nil {
		f.Close()
	}
	d := r.numbered(row.Pool)
	if !errors.Is(err, fs.ErrNotExist) || d.tidy.hold(ctx) != nil {
		return false
	}
	defer d.tidy.release()
	now, _ := r.clips(ctx, ClipQuery{Camera: row.Camera, After: row.Start.Add(-1), Limit: rowsAtOnce})
	if !slices.ContainsFunc(now, func(c ClipRow) bool { return c.Clip == row.Clip }) {
		return false // it was removed meanwhile
	}
	row.State = StateDamaged
	r.damaged(row, err)
	r.mark(ctx, row)
	return true
}

// mark stores what is known of a clip now. It goes not through the queue: the row might be removed before
// its turn comes.
func (r *Recorder) mark(ctx context.Context, row ClipRow) {
	if err := r.closed(ctx, row); err != nil && ctx.Err() == nil {
		r.config.Log.Error("clip not marked; the next start does", "clip", row.Clip.String(), "state", string(row.State), "error", err)
	}
}

// lookAround counts the files that no row names. They are never deleted, for a
// database may be older than its files, or lost: but for those that a crash left before
// they held a picture.
func (d *disk) lookAround(ctx context.Context, known map[media.ClipID]struct{}) {
	r, strange := d.r, 0
	err := d.pool.Walk(ctx, func(found pool.Found) {
		if _, ok := known[found.Clip]; ok || r.isBorn(found.Clip) {
			return
		}
		what := d.strange(found)
		if strange++; strange <= logged {
			r.config.Log.Warn("file in the clip folder that is not listed", "file", found.Path, "is", what)
		}
	})
	if err != nil && ctx.Err() == nil {
		r.config.Log.Error("looking through the clip folder", "error", err)
	}
}

// strange counts a file that is not listed.
func (d *disk) strange(found pool.Found) string {
	r := d.r
	err := d.unlisted(found)
	if errors.Is(err, sealed.ErrEmpty) {
		d.litters(litter{found.Camera, found.Clip, 0})
		return "empty, and removed"
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case err == nil:
		r.found.Unknown++
		return "a clip of this hub"
	case isFormat(err):
		r.found.Foreign++
		return "foreign"
	}
	return err.Error()
}

// unlisted says what is not right with a file that is not listed.
func (d *disk) unlisted(found pool.Found) error {
	if found.Clip.IsZero() {
		return sealed.ErrFormat
	}
	f, err := d.file(found.Camera, found.Clip)
	if err != nil {
		return err
	}
	defer f.Close()
	size, err := f.Size()
	switch {
	case err != nil:
		return err
	case size < sealed.HeaderSize:
		return sealed.ErrEmpty
	}
	if err := d.r.belongs(f, ClipRow{Camera: found.Camera, Clip: found.Clip}); err != nil {
		return err
	}
	return sealed.Filled(f, size)
}
