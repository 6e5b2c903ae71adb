package gate

import (
	"context"
	"errors"

	"lares/cameras/seal"
	"lares/hub/account"
	"lares/hub/journal"
	"lares/hub/store"
	"lares/hub/vault"
)

// RolledBack reports whether the database was found to be older than the
// recordings and nobody has confirmed it yet.
func (g *Gate) RolledBack(ctx context.Context) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	back, err := g.cfg.Vault.RolledBack(ctx)
	return back, g.answer(err)
}

// ConfirmRollback starts a new epoch for every camera, without members whose
// grant the database does not have, and lets stored media open again. It
// returns ErrNotFound for who is no operator, and on a hub where nothing is to
// be confirmed.
func (g *Gate) ConfirmRollback(ctx context.Context, c account.Caller) error {
	back, err := g.cfg.Vault.RolledBack(ctx)
	if err != nil {
		return g.answer(err)
	}
	if !back || !c.Operator {
		return ErrNotFound
	}
	n, err := g.bumpAll(ctx)
	if err != nil {
		return g.answer(err)
	}
	e := c.Entry(journal.ConfirmedRollback)
	e.Count = int64(n)
	if err := g.cfg.Journal.Put(ctx, e); err != nil {
		return g.answer(err)
	}
	return g.answer(g.cfg.Vault.Confirmed(ctx))
}

// bumpAll starts a new epoch for every camera. One whose epoch is crossed keeps
// it: nothing is sealed or opened with that.
func (g *Gate) bumpAll(ctx context.Context) (n int, err error) {
	cameras, err := g.cfg.Store.AllCameras(ctx)
	if err != nil {
		return 0, err
	}
	for _, c := range cameras {
		err := g.cfg.Store.Update(ctx, func(tx *store.Tx) error {
			now, err := tx.Camera(ctx, c.ID)
			if err != nil {
				return err
			}
			return g.newEpoch(ctx, tx, now, vault.Change{})
		})
		switch {
		case err == nil:
			n++
			g.cfg.Rekeyed(c.ID)
		case errors.Is(err, store.ErrNoRow), errors.Is(err, seal.ErrCrossed):
		default:
			return n, err
		}
	}
	return n, nil
}
