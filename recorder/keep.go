package recorder

import (
	"context"
	"errors"
	"fmt"

	"lares/cameras/media"
	"lares/recorder/retention"
)

// retainPage is how many clips one look at the limit may remove before it asks
// the index again.
const retainPage = 64

// closedStates are those of clips that may be removed. StateRemoving is one: a
// removal that failed half way goes on before a younger clip goes.
var closedStates = [...]ClipState{StateComplete, StateCut, StateRecovered, StateDamaged, StateRemoving}

// retain removes the oldest clips until the limit holds; r.tidy is held.
func (r *Recorder) retain(ctx context.Context) {
	limit := r.config.LimitBytes
	for limit > 0 && r.bytes.Load() > limit && ctx.Err() == nil {
		rows, err := r.config.Index.Clips(ctx, ClipQuery{States: closedStates[:], Limit: retainPage})
		if err != nil {
			if ctx.Err() == nil {
				r.indexProblem(err)
				r.config.Log.Error("looking for old clips", "error", err)
			}
			return
		}
		clips := make([]retention.Clip, len(rows))
		for i, row := range rows {
			clips[i] = retention.Clip{Bytes: row.Bytes, Open: r.isOpen(row.Clip)}
		}
		removed := 0
		for i, gone := range retention.Oldest(clips, r.bytes.Load(), limit) {
			if !gone {
				continue
			}
			if err := r.remove(ctx, rows[i]); err != nil {
				r.config.Log.Error("removing an old clip", "clip", rows[i].Clip.String(), "error", err)
				return
			}
			removed++
		}
		if removed == 0 {
			return
		}
	}
}

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
	if err := r.pool.Remove(row.Camera, row.Clip); err != nil {
		return err
	}
	if err := r.config.Index.ClipRemoved(ctx, row.Clip); err != nil {
		return fmt.Errorf("recorder: removing a clip's row: %w", err)
	}
	r.bytes.Add(-row.Bytes)
	return nil
}

// resume goes on with removals that a stop interrupted.
func (r *Recorder) resume(ctx context.Context) {
	r.tidy.Lock()
	defer r.tidy.Unlock()
	rows, err := r.config.Index.Clips(ctx, ClipQuery{States: []ClipState{StateRemoving}})
	for _, row := range rows {
		err = errors.Join(err, r.remove(ctx, row))
	}
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
	return r.pool.RemoveCamera(id)
}
