package gate

import (
	"context"
	"errors"

	"lares/cameras"
	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/journal"
	"lares/hub/store"
)

// MayAccept reports whether a camera's owner may be shown that a device answers in
// its place: one that is somebody else's camera is nobody's to know about. In doubt
// it may not. Whoever is not the owner tried in vain, which is counted.
func (g *Gate) MayAccept(ctx context.Context, c account.Caller, id media.CameraID, pin cameras.Pin) bool {
	row, is, err := g.accessOf(ctx, id)
	if err == nil {
		err = g.isOwn(row, id, c.Account)
	}
	if errors.Is(err, store.ErrNoRow) || errors.Is(err, ErrNotFound) {
		g.Denied(c, id)
	}
	if err != nil || pin.IsZero() {
		return false
	}
	is.Pin = pin
	other, err := g.conflicting(ctx, g.cfg.Store.View, row, is, nil)
	return err == nil && other.ID.IsZero()
}

// AcceptDevice takes another device for a camera of the caller's own, for the owner
// in person: after an update that changed what it calls itself, a new certificate,
// or in a new case. It is recognised by that pin from now on; what was recorded, and
// who may see it, stays. It returns ErrInput for a pin that is none, ErrKnownDevice,
// ErrSharedPassword, ErrGuesses, ErrNotFound or ErrUnavailable. Config.Changed hears of it.
func (g *Gate) AcceptDevice(ctx context.Context, c account.Caller, id media.CameraID, pin cameras.Pin) error {
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	if _, err := g.admitOwner(ctx, c, id); err != nil {
		return g.answer(err)
	}
	if pin.IsZero() || pin.Weak() {
		return ErrInput
	}
	var row store.Camera
	err := g.write(ctx, c, func(tx *store.Tx) (err error) {
		if row, err = g.ownCamera(ctx, tx, id, c.Account); err != nil {
			return err
		}
		is, err := g.openAccess(row)
		if err != nil {
			return err
		}
		is.Pin = pin
		return g.putAccess(ctx, tx, row, is)
	})
	if err != nil {
		return g.answer(g.taken(row, err))
	}
	g.did(c, journal.Entry{Kind: journal.CameraAccepted, Camera: id, Owner: c.Account, Detail: map[string]any{"by": pin.Kind}})
	g.cfg.Changed(id)
	return nil
}
