package recorder

import (
	"context"
	"errors"
	"io/fs"

	"lares/cameras/media"
	"lares/recorder/internal/pool"
	"lares/recorder/sealed"
)

// logged is how many strange files the scan names in the log.
const logged = 10

// sift looks at all that is in the pool.
func (d *disk) sift(ctx context.Context, l listing) {
	d.resume(ctx)
	for _, row := range l.rest {
		if ctx.Err() != nil {
			return
		}
		d.inspect(ctx, row)
	}
	d.lookAround(ctx, l.known)
	d.r.enforce()
}

// inspect looks at the ends of a file whose row is not open: it reads header
// and end, nothing between. The listing may be old by now: a file that is there
// while d.tidy is held still has its row.
func (d *disk) inspect(ctx context.Context, row ClipRow) {
	r := d.r
	if d.tidy.hold(ctx) != nil {
		return
	}
	defer d.tidy.release()
	f, err := d.file(row.Camera, row.Clip)
	if errors.Is(err, fs.ErrNotExist) {
		if row.State != StateDamaged && row.State != StateRemoving && ctx.Err() == nil {
			r.config.Log.Error("clip is listed but its file is not there", "clip", row.Clip.String())
		}
		return
	}
	if err != nil {
		r.config.Log.Error("looking at a clip", "clip", row.Clip.String(), "error", err)
		return
	}
	defer f.Close()
	err = r.belongs(f, row)
	if err == nil {
		var size int64
		if size, err = f.Size(); err == nil {
			_, _, err = sealed.ReadEnd(f, size, r.config.Keys.Signers())
		}
	}
	if err == nil || row.State == StateDamaged || row.State == StateRemoving || !isFormat(err) {
		return
	}
	row.State = StateDamaged
	r.damaged(row, err)
	// not through the queue: the row might be removed before its turn comes
	if err := r.closed(ctx, row); err != nil && ctx.Err() == nil {
		r.config.Log.Error("damaged clip not marked; the next start does", "clip", row.Clip.String(), "error", err)
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
