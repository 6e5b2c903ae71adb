package gate

import (
	"context"

	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/journal"
	"lares/hub/store"
)

// Revoke takes a grant back: its row and wraps are gone and its streams are told
// to end when it returns. The new epoch has begun too, signed by the owner, or
// follows within bumpEvery of the one before. No grant is no error. It returns
// ErrNotFound or ErrUnavailable; with the latter the grant may be gone already
// and the epoch follows by itself.
func (g *Gate) Revoke(ctx context.Context, c account.Caller, camera media.CameraID, who account.ID) error {
	if _, err := g.admitOwner(ctx, c, camera); err != nil {
		return g.answer(err)
	}
	e := by(c, journal.Entry{Kind: journal.Revoked, Camera: camera, Owner: c.Account, Other: who})
	had, err := g.take(ctx, e, func(tx *store.Tx) (bool, error) {
		return true, g.cfg.Vault.Stands(ctx, tx.View, c.Proof(), nil)
	})
	if err != nil || !had {
		return g.answer(err)
	}
	// The grant is gone whatever happens now; the owner signs if it can.
	owner, err := g.cfg.Vault.Unlock(ctx, c.Proof())
	if err != nil {
		return g.answer(err)
	}
	bumped, err := g.bump(ctx, camera, owner)
	if bumped {
		g.cfg.Rekeyed(camera)
	}
	return g.answer(err)
}

// endGrants enters a row for each grant of a camera that goes out of use, in the
// transaction that does it and before the grants go with the camera: who loses it reads
// of it. It returns who they are.
func (g *Gate) endGrants(ctx context.Context, tx *store.Tx, e journal.Entry) (lost []account.ID, err error) {
	grants, err := tx.Grants(ctx, e.Camera)
	if err != nil {
		return nil, err
	}
	for _, r := range grants {
		e.Other = r.Account
		if err := g.cfg.Journal.Due(ctx, tx, e); err != nil {
			return nil, err
		}
		lost = append(lost, r.Account)
	}
	return lost, nil
}

// endedWith is the row of a grant that ends as its camera gets another owner or its owner
// leaves. The hub ends it: whose deed that is has no business with whom else it was shared.
func endedWith(camera media.CameraID, owner account.ID) journal.Entry {
	return journal.Entry{Kind: journal.Expired, Camera: camera, Owner: owner}
}

// take removes the grant that the entry tells of, with its wraps and guest links, cuts
// its streams and notes that the camera needs a new epoch. due is asked in the transaction whether that
// still has to be.
func (g *Gate) take(ctx context.Context, e journal.Entry, due func(*store.Tx) (bool, error)) (had bool, err error) {
	camera, who := e.Camera, e.Other
	err = g.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		if yes, err := due(tx); err != nil || !yes {
			return err
		}
		if had, err = tx.RemoveGrant(ctx, camera, who); err != nil || !had {
			return err
		}
		if err := tx.RevokeLinksTo(ctx, camera, who, g.cfg.Clock.Now()); err != nil {
			return err
		}
		if err := tx.RemoveEpochWraps(ctx, camera, who); err != nil {
			return err
		}
		return g.cfg.Journal.Due(ctx, tx, e)
	})
	if err != nil || !had {
		return had, err
	}
	g.overdue(camera)
	g.cfg.Store.Scrub()
	g.revoked(ctx, who, camera)
	return true, nil
}
