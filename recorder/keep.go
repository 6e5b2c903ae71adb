package recorder

import (
	"context"
	"errors"
	"fmt"

	"lares/cameras/media"
	"lares/recorder/retention"
)

// remove deletes one clip whose row the index has just listed; the tidy lock of its disk is
// held, so that it is counted off once. DESIGN.md "Delete" numbers these steps.
func (r *Recorder) remove(ctx context.Context, row ClipRow) error {
	if row.State != StateRemoving {
		marked := row
		marked.State = StateRemoving
		if err := r.closed(ctx, marked); err != nil {
			return fmt.Errorf("recorder: marking a clip: %w", err)
		}
	}
	return r.removeFile(ctx, row.place(), row.Clip, row.Bytes)
}

// removeFile does what is left to do of a clip that is marked. The file of one in a pool that
// the configuration has no more stays where it is.
func (r *Recorder) removeFile(ctx context.Context, at retention.Place, clip media.ClipID, bytes int64) error {
	if d := r.numbered(at.Pool); d != nil {
		if err := d.pool.Remove(at.Camera, clip); err != nil {
			return err
		}
	}
	if err := r.config.Index.ClipRemoved(ctx, clip); err != nil {
		return fmt.Errorf("recorder: removing a clip's row: %w", err)
	}
	r.bytes.add(at, -bytes)
	return nil
}

// Discard removes those clips of a camera that the index lists as being removed.
// It waits for the start-up repair, as long as ctx lasts. What it does not get
// to goes at the next start, and what lies in a pool that is not there when that is back.
func (r *Recorder) Discard(ctx context.Context, id media.CameraID) error {
	select {
	case <-r.ready:
	case <-ctx.Done():
		return fmt.Errorf("recorder: removing clips of camera %v: %w", id, ctx.Err())
	}
	var errs []error
	for _, d := range r.disks {
		if d.pool.There() {
			errs = append(errs, d.removeAll(ctx, ClipQuery{States: []ClipState{StateRemoving}, Camera: id}))
		}
	}
	return errors.Join(errs...)
}

// removeAll removes those of some clips that lie in this pool.
func (d *disk) removeAll(ctx context.Context, q ClipQuery) error {
	if err := d.tidy.hold(ctx); err != nil {
		return err
	}
	defer d.tidy.release()
	return d.removeListed(ctx, q)
}

// removeListed is removeAll while d.tidy is held.
func (d *disk) removeListed(ctx context.Context, q ClipQuery) error {
	rows, err := d.r.config.Index.Clips(ctx, q)
	for _, row := range rows {
		if row.Pool == d.Number {
			err = errors.Join(err, d.r.remove(ctx, row))
		}
	}
	return err
}

// resume goes on with removals that a stop, or a pool that was not there, interrupted.
func (d *disk) resume(ctx context.Context) {
	err := d.removeAll(ctx, ClipQuery{States: []ClipState{StateRemoving}})
	if err != nil && ctx.Err() == nil {
		d.r.config.Log.Error("removing clips", "pool", d.Name, "error", err)
	}
}

// Erase forgets a camera and deletes all its recordings: rows and files, also
// files that no row names, for that is what its owner asked for. It waits, as
// long as ctx lasts, for the start-up repair and until the index has taken the
// camera's rows, and so needs Run. A failed Erase may be repeated, as while a pool is not
// there.
func (r *Recorder) Erase(ctx context.Context, id media.CameraID) error {
	r.Forget(id)
	for _, first := range append(r.stillEnding(id), r.ready) {
		select {
		case <-first:
		case <-ctx.Done():
			return fmt.Errorf("recorder: erasing camera %v: %w", id, ctx.Err())
		}
	}
	if err := r.erase(ctx, id); err != nil {
		return fmt.Errorf("recorder: erasing camera %v: %w", id, err)
	}
	return nil
}

func (r *Recorder) erase(ctx context.Context, id media.CameraID) error {
	for _, d := range r.disks {
		if err := d.tidy.hold(ctx); err != nil {
			return err
		}
		d.discardTorn(id)
		d.tidy.release()
	}
	if err := r.queue.flush(ctx, id); err != nil {
		return err
	}
	var errs []error
	for _, d := range r.disks {
		errs = append(errs, d.erase(ctx, id))
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	rows, err := r.config.Index.Clips(ctx, ClipQuery{Camera: id}) // what is in pools that there are no more
	for _, row := range rows {
		err = errors.Join(err, r.remove(ctx, row))
	}
	return err
}

// erase deletes what of a camera is in the pool: listed or not.
func (d *disk) erase(ctx context.Context, id media.CameraID) error {
	if !d.pool.There() {
		return ErrAway
	}
	if err := d.removeAll(ctx, ClipQuery{Camera: id}); err != nil {
		return err
	}
	if err := d.tidy.hold(ctx); err != nil {
		return err
	}
	defer d.tidy.release()
	if err := d.pool.RemoveCamera(id); err != nil {
		return err
	}
	d.sweep()
	return nil
}
