package recorder

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"lares/cameras/media"
	"lares/recorder/internal/pool"
	"lares/recorder/retention"
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
		now, there := d.inspect(ctx, row)
		found := there && now.State == StateDamaged && row.State != StateDamaged
		if there && now != row {
			found = d.r.mark(ctx, row, now) && found
		}
		if !found && (there || !d.r.gone(ctx, row)) {
			continue
		}
		if _, again := told[row.Camera]; !again { // many may be gone at once
			told[row.Camera] = struct{}{}
			d.r.tellDamaged(row.Camera, row.Clip)
		}
	}
	d.lookAround(ctx, l.known)
	d.r.enforce()
}

// inspect looks at the ends of a file whose row is not open: it reads header
// and end, nothing between, and says what the row should be. It is false where there is no file.
func (d *disk) inspect(ctx context.Context, row ClipRow) (now ClipRow, there bool) {
	r := d.r
	if d.tidy.hold(ctx) != nil {
		return row, true
	}
	defer d.tidy.release()
	f, err := d.file(row.Camera, row.Clip)
	if errors.Is(err, fs.ErrNotExist) {
		return row, false
	}
	if err != nil {
		r.config.Log.Error("looking at a clip", "clip", row.Clip.String(), "error", err)
		return row, true
	}
	defer f.Close()
	size, err := f.Size()
	if err != nil {
		r.config.Log.Error("looking at a clip", "clip", row.Clip.String(), "error", err)
		return row, true
	}
	now = row
	back := row.State == StateDamaged && row.Bytes == 0 // it was gone
	if back {
		now.Bytes = size
	}
	var end sealed.End
	if err = r.belongs(f, row); err == nil {
		_, end, err = sealed.ReadEnd(f, size, r.config.Keys.Signers())
	}
	if err == nil && back && row.Duration > 0 { // one that was there is damaged between its ends
		now.State = endState(end.State)
		r.config.Log.Info("clip is there again", "clip", row.Clip.String(), "camera", row.Camera.String())
	}
	if err != nil && row.State != StateDamaged && row.State != StateRemoving && isFormat(err) {
		now.State = StateDamaged
		r.damaged(row, err)
	}
	return now, true
}

// gone says whether the file of a clip was found to be lost just now: its row is marked as damaged then,
// and takes nothing any more.
func (r *Recorder) gone(ctx context.Context, row ClipRow) bool {
	known := row.State == StateDamaged
	if row.State == StateRemoving || known && row.Bytes == 0 || !r.Lost(row.Camera, row.Clip) { // no lock is held: a disk may not answer
		return false
	}
	now := row
	now.State, now.Bytes = StateDamaged, 0
	if !r.mark(ctx, row, now) || known {
		return false
	}
	r.damaged(row, fs.ErrNotExist)
	return true
}

// faultyIn bounds how long a reader waits until the clip that it found lost or changed is marked.
const faultyIn = 10 * time.Second

// faulty marks a clip as damaged of which somebody saw that its file is not as it was written, or is lost
// (fs.ErrNotExist), and tells that once: else nobody would until the next start.
func (r *Recorder) faulty(camera media.CameraID, clip media.ClipID, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), faultyIn) // also if who reads goes
	defer cancel()
	rows, ok := r.clips(ctx, ClipQuery{Clip: clip})
	if !ok || rows[0].Camera != camera {
		return
	}
	if errors.Is(err, fs.ErrNotExist) {
		if !r.gone(ctx, rows[0]) {
			return
		}
	} else {
		now := rows[0]
		now.State = StateDamaged
		if !r.mark(ctx, rows[0], now) {
			return
		}
		r.damaged(now, err)
	}
	r.tellDamaged(camera, clip)
}

// tellDamaged has Config.Damaged hear of a clip, which may take its time.
func (r *Recorder) tellDamaged(camera media.CameraID, clip media.ClipID) {
	if r.config.Damaged != nil {
		r.config.Damaged(camera, clip)
	}
}

// tellLater is tellDamaged once the index has the row that says so.
func (r *Recorder) tellLater(row ClipRow) {
	r.queue.put(row.Camera, "clip damaged", func(context.Context) error {
		r.tellDamaged(row.Camera, row.Clip)
		return nil
	})
}

// Lost says whether the file of a clip is nowhere, nor may lie in a pool that is away.
func (r *Recorder) Lost(camera media.CameraID, clip media.ClipID) bool {
	_, f, err := r.file(camera, clip)
	if err == nil {
		f.Close()
	}
	return errors.Is(err, fs.ErrNotExist)
}

// mark stores what is known of a clip now, and counts it so; false if it was removed since it was
// listed. It goes not through the queue: the row might be removed before its turn comes. Who removes
// what they listed before, and count it off, wait.
func (r *Recorder) mark(ctx context.Context, row, now ClipRow) bool {
	r.tidy.Lock()
	defer r.tidy.Unlock()
	d := r.numbered(row.Pool)
	if d.tidy.hold(ctx) != nil {
		return false
	}
	defer d.tidy.release()
	listed, err := r.config.Index.Clips(ctx, ClipQuery{States: []ClipState{row.State}, Clip: row.Clip})
	if err == nil && len(listed) == 0 {
		return false
	}
	if err == nil {
		err = r.closed(ctx, now)
	}
	if err == nil {
		r.bytes.add(row.place(), now.Bytes-row.Bytes)
	} else if ctx.Err() == nil {
		r.config.Log.Error("clip not marked; the next start does", "clip", row.Clip.String(), "state", string(now.State), "error", err)
	}
	return true
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
		d.litters(litter{retention.Place{Camera: found.Camera}, found.Clip, 0})
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
