package gate

import (
	"context"
	"errors"
	"time"

	"lares/cameras"
	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/journal"
	"lares/hub/store"
)

// Listening that somebody turned on by a grant stands on that grant, as a guest link
// does: once its person may not hear the camera or manage it any more, the hub listens
// for nobody. What the owner turned on, or changed since, stays.

// causeRight is why the hub stopped listening, as the journal calls it.
const causeRight = "right" // of who is named; it ended

// listening is what is kept of a camera's sound.
type listening struct {
	cameras.Sound
	By account.ID `json:"by,omitzero"` // who turned it on by a grant; zero is the owner, also in what an older hub kept
}

// stands reports whether listening is off, the owner's, or of somebody who may still
// hear the camera and manage it.
func (l listening) stands(ctx context.Context, rows store.View, c store.Camera, now time.Time) (bool, error) {
	if !l.On || l.By.IsZero() {
		return true, nil
	}
	g, err := rows.Grant(ctx, c.ID, l.By)
	if errors.Is(err, store.ErrNoRow) {
		return false, nil
	}
	needed := bit(Manage) | bit(Audio)
	return !g.Unconfirmed && !over(g.Expires, now) && g.Actions&needed == needed, err
}

// workerSound is for what a camera's worker listens. Where it cannot be told what was
// wanted, or by whom, nobody listens; where nobody may want it any more it is turned off
// for good, so that no later grant brings it back, and the owner finds that in the journal.
func (g *Gate) workerSound(ctx context.Context, c store.Camera, sealed []byte) cameras.Sound {
	l, err := g.openListening(c, sealed)
	if err == nil && l.On && !l.By.IsZero() {
		l, err = g.endListening(ctx, c, l)
	}
	if err != nil {
		g.cfg.Log.Error("it is not known what is to be listened for at a camera: nobody listens", "camera", c.ID, "error", err)
		return cameras.Sound{}
	}
	return l.Sound
}

// revoked tells of a grant that ended, or does less: streams end, and so does what the
// hub listened for by it.
func (g *Gate) revoked(ctx context.Context, who account.ID, id media.CameraID) {
	g.cfg.Revoked(who, id)
	sealed, err := g.cfg.Store.Sound(ctx, id)
	if err == nil && sealed == nil {
		return
	}
	var c store.Camera
	if err == nil {
		c, err = g.cfg.Store.Camera(ctx, id)
	}
	var l listening
	if err == nil {
		l, err = g.openListening(c, sealed)
	}
	if err == nil && l.By == who {
		g.cfg.Watching(id) // who asks workerSound
	}
	if err != nil && !errors.Is(err, store.ErrNoRow) {
		g.cfg.Log.Error("whether the hub may go on to listen at a camera is asked later", "camera", id, "error", err)
	}
}

// endListening turns off, in the database, what stands on no right any more, and returns
// what there is now.
func (g *Gate) endListening(ctx context.Context, c store.Camera, l listening) (listening, error) {
	now, err := g.now()
	if err != nil {
		return l, err
	}
	if stands, err := l.stands(ctx, g.cfg.Store.View, c, now); err != nil || stands {
		return l, err
	}
	err = g.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		l, _, err = g.unhear(ctx, tx, c, now)
		return err
	})
	return l, err
}

// unhear turns off, in a transaction, what stands on no right any more, with its row. A
// right that is given anew asks for that first, for it brings back nothing that was off.
func (g *Gate) unhear(ctx context.Context, tx *store.Tx, c store.Camera, now time.Time) (l listening, ended bool, err error) {
	sealed, err := tx.Sound(ctx, c.ID)
	if err != nil {
		return l, false, err
	}
	if l, err = g.openListening(c, sealed); err != nil {
		return listening{}, false, nil // nobody listens by what does not open
	}
	if stands, err := l.stands(ctx, tx.View, c, now); err != nil || stands {
		return l, false, err
	}
	by := l.By
	l.On, l.By = false, account.ID{}
	if err := g.storeSound(ctx, tx, c, l); err != nil {
		return l, false, err
	}
	e := journal.Entry{Kind: journal.CameraSound, Camera: c.ID, Owner: c.Owner, Other: by, Detail: map[string]any{"on": false, "cause": causeRight}}
	return l, true, g.cfg.Journal.Due(ctx, tx, e)
}
