package gate

import (
	"context"
	"time"

	"lares/hub/store"
)

// manage makes one change to the camera of a Manage pass, in a transaction in which the
// pass stands, now, and the camera is in use. It returns ErrNotFound, also once the camera
// was handed over, ErrCrossed, ErrUnavailable or what change does.
func (g *Gate) manage(ctx context.Context, p Pass, change func(context.Context, *store.Tx, store.Camera, time.Time) error) error {
	if !p.isFor(Manage) {
		return g.crossing("pass", p.camera, p.account)
	}
	now, err := g.now()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	return g.answer(g.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		if err := stands(ctx, tx.View, p, now); err != nil {
			return err
		}
		row, err := inUse(ctx, tx.View, p)
		if err != nil {
			return err
		}
		return change(ctx, tx, row, now)
	}))
}

// inUse is the row of a pass's camera, unless it was handed over: nothing moves before
// it any more.
func inUse(ctx context.Context, rows store.View, p Pass) (store.Camera, error) {
	row, err := rows.Camera(ctx, p.camera)
	if err == nil && (row.ID != p.camera || !row.Retired.IsZero()) {
		err = ErrNotFound
	}
	return row, err
}
