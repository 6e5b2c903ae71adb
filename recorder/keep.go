package recorder

import (
	"context"
	"errors"
	"fmt"

	"lares/cameras/media"
)

// remove deletes one clip whose row the index has just listed; r.tidy is held,
// so that it is counted off once. DESIGN.md "Delete" numbers these steps.
func (r *Recorder) remove(ctx context.Context, row ClipRow) error {
	if row.State != StateRemoving {
		marked := row
		marked.State = StateRemoving
		if err := r.config.Index.ClipClosed(ctx, marked); err != nil {
			return fmt.Errorf("recorder: marking a clip: %w", err)
		}
	}
	return r.removeFile(ctx, row.Camera, row.Clip, row.Bytes)
}

// removeFile does what is left to do of a clip that is marked.
func (r *Recorder) removeFile(ctx context.Context, camera media.CameraID, clip media.ClipID, bytes int64) error {
	if err := r.pool.Remove(camera, clip); err != nil {
		return err
	}
	if err := r.config.Index.ClipRemoved(ctx, clip); err != nil {
		return fmt.Errorf("recorder: removing a clip's row: %w", err)
	}
	r.bytes.add(camera, -bytes)
	return nil
}

// Discard removes those clips of a camera that the index lists as being removed.
// It waits for the start-up repair, as long as ctx lasts. What it does not get
// to goes at the next start.
func (r *Recorder) Discard(ctx context.Context, id media.CameraID) error {
	select {
	case <-r.ready:
	case <-ctx.Done():
		return fmt.Errorf("recorder: removing clips of camera %v: %w", id, ctx.Err())
	}
	return r.removeMarked(ctx, id)
}

func (r *Recorder) removeMarked(ctx context.Context, id media.CameraID) error {
	r.tidy.Lock()
	defer r.tidy.Unlock()
	rows, err := r.config.Index.Clips(ctx, ClipQuery{States: []ClipState{StateRemoving}, Camera: id})
	for _, row := range rows {
		err = errors.Join(err, r.remove(ctx, row))
	}
	return err
}

// resume goes on with removals that a stop interrupted.
func (r *Recorder) resume(ctx context.Context) {
	err := r.removeMarked(ctx, media.CameraID{})
	if err != nil && ctx.Err() == nil {
		r.config.Log.Error("removing clips", "error", err)
	}
}

// Erase forgets a camera and deletes all its recordings: rows and files, also
// files that no row names, for that is what its owner asked for. It waits, as
// long as ctx lasts, for the start-up repair and until the index has taken the
// camera's rows, and so needs Run. A failed Erase may be repeated.
func (r *Recorder) Erase(ctx context.Context, id media.CameraID) error {
	r.Forget(id)
	select {
	case <-r.ready:
	case <-ctx.Done():
		return fmt.Errorf("recorder: erasing camera %v: %w", id, ctx.Err())
	}
	r.discardTorn(id)
	if err := r.queue.flush(ctx, id); err != nil {
		return fmt.Errorf("recorder: erasing camera %v: %w", id, err)
	}
	r.tidy.Lock()
	defer r.tidy.Unlock()
	rows, err := r.config.Index.Clips(ctx, ClipQuery{Camera: id})
	if err != nil {
		return fmt.Errorf("recorder: erasing camera %v: %w", id, err)
	}
	for _, row := range rows {
		if err := r.remove(ctx, row); err != nil {
			return fmt.Errorf("recorder: erasing camera %v: %w", id, err)
		}
	}
	if err := r.pool.RemoveCamera(id); err != nil {
		return err
	}
	r.sweep()
	return nil
}
