package recorder

import (
	"context"
	"errors"
	"fmt"
	"time"

	"lares/cameras/media"
	"lares/recorder/retention"
)

// retainPage is how many clips one look at the limit may remove before it asks
// the index again.
const retainPage = 64

// closedStates are those of clips that may be removed. StateRemoving is one: a
// removal that failed half way goes on before a younger clip goes.
var closedStates = [...]ClipState{StateComplete, StateCut, StateRecovered, StateDamaged, StateRemoving}

// retain removes the oldest clips until the limit holds; r.tidy is held. What is
// starred stays: then the limit may not hold, which is said, and looked at again
// when more is recorded or after a while.
func (r *Recorder) retain(ctx context.Context) {
	limit, now := r.config.LimitBytes, r.config.Clock.Now()
	if limit <= 0 || r.bytes.Load() <= limit || r.bytes.Load() <= r.kept && now.Before(r.again) {
		return
	}
	q := ClipQuery{States: closedStates[:], Limit: retainPage}
	for r.bytes.Load() > limit && ctx.Err() == nil {
		rows, err := r.config.Index.Clips(ctx, q)
		if err != nil {
			if ctx.Err() == nil {
				r.indexProblem(err)
				r.config.Log.Error("looking for old clips", "error", err)
			}
			return
		}
		if len(rows) == 0 {
			break
		}
		if err := r.retainOf(ctx, rows, limit); err != nil {
			r.config.Log.Error("removing an old clip", "error", err)
			return
		}
		last := rows[len(rows)-1]
		q.After, q.AfterClip = last.Start, last.Clip
	}
	r.kept = 0
	if over := r.bytes.Load() - limit; over > 0 && ctx.Err() == nil {
		r.kept, r.again = r.bytes.Load(), now.Add(keptAgain)
		r.config.Log.Warn("the limit of all recordings does not hold: what is left is starred or being written", "bytes_over", over)
	}
}

// keptAgain is when retain looks again at what could not go.
const keptAgain = time.Minute

// retainOf removes what must go of one page of clips.
func (r *Recorder) retainOf(ctx context.Context, rows []ClipRow, limit int64) error {
	clips := make([]retention.Clip, len(rows))
	for i, row := range rows {
		clips[i] = retention.Clip{Bytes: row.Bytes, Open: r.isOpen(row.Clip), Star: row.Star && row.State != StateRemoving}
	}
	for i, gone := range retention.Oldest(clips, r.bytes.Load(), limit) {
		if !gone {
			continue
		}
		if err := r.remove(ctx, rows[i]); err != nil {
			return fmt.Errorf("clip %v: %w", rows[i].Clip, err)
		}
	}
	return nil
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
	return r.pool.RemoveCamera(id)
}
