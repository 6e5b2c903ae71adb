package gate

import (
	"context"
	"errors"

	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/journal"
	"lares/hub/store"
	"lares/hub/vault"
)

// Confirm accepts the new keys of somebody whom the caller shares one of its own
// cameras with: the account opens again what it did, and what comes. Nothing to
// confirm is no error. It returns ErrNotFound or ErrUnavailable.
func (g *Gate) Confirm(ctx context.Context, c account.Caller, id media.CameraID, who account.ID) error {
	confirmed, unheard, err := g.confirm(ctx, c, id, who)
	if err != nil {
		return g.answer(err)
	}
	if unheard {
		g.cfg.Watching(id)
	}
	if confirmed {
		g.cfg.Revoked(who, id) // its streams ask again
		g.cfg.Rekeyed(id)
	}
	return nil
}

func (g *Gate) confirm(ctx context.Context, c account.Caller, id media.CameraID, who account.ID) (confirmed, unheard bool, err error) {
	now, err := g.admitOwner(ctx, c, id)
	if err != nil {
		return false, false, err
	}
	owner, err := g.cfg.Vault.Unlock(ctx, c.Proof())
	if err != nil {
		return false, false, err
	}
	err = g.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		if err := g.cfg.Vault.Stands(ctx, tx.View, c.Proof(), owner); err != nil {
			return err
		}
		camera, err := g.ownCamera(ctx, tx, id, c.Account)
		if err != nil {
			return err
		}
		row, err := tx.Grant(ctx, id, who)
		if err != nil {
			return err
		}
		if row.Camera != id || row.Account != who {
			return g.crossing("grant row", id, who)
		}
		if over(row.Expires, now) {
			return ErrNotFound
		}
		if !row.Unconfirmed {
			return nil
		}
		if _, unheard, err = g.unhear(ctx, tx, camera, now); err != nil {
			return err
		}
		confirmed, row.Unconfirmed = true, false
		if err := errors.Join(tx.PutGrant(ctx, row), tx.RemoveEpochWraps(ctx, id, who)); err != nil {
			return err
		}
		stored := row.Actions&opensStored() != 0
		if stored {
			if err := g.cfg.Vault.ShareHistory(ctx, tx, owner, camera, who, row.HistoryFrom, nil); err != nil {
				return err
			}
		}
		add := &vault.Member{Principal: who, Store: stored, Confirmed: true}
		if err := g.newEpoch(ctx, tx, camera, vault.Change{Owner: owner, Add: add}); err != nil {
			return err
		}
		return g.enter(ctx, tx, c, journal.Entry{Kind: journal.Confirmed, Camera: id, Owner: c.Account, Other: who})
	})
	return confirmed, unheard, err
}

// unconfirm notes that a member's keys changed, and lets the owner know.
func (g *Gate) unconfirm(ctx context.Context, id media.CameraID, who account.ID) error {
	return g.cfg.Store.Update(ctx, func(tx *store.Tx) error { return tx.Unconfirm(ctx, id, who, g.cfg.Clock.Now()) })
}
