package gate

import (
	"context"
	"time"

	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/journal"
	"lares/hub/store"
	"lares/hub/vault"
)

// bumpEvery is the window in which what is taken from a camera, by revokes and
// expiries, makes one new epoch: who loses it has lost rows, wraps and streams at
// once, and a busy owner does not make the camera begin a clip for each.
const bumpEvery = 10 * time.Second

// Revoke takes a grant back: its row and wraps are gone and its streams are told
// to end when it returns. The new epoch has begun too, signed by the owner, or
// follows within bumpEvery of the one before. No grant is no error. It returns
// ErrNotFound or ErrUnavailable; with the latter the grant may be gone already
// and the epoch follows by itself.
func (g *Gate) Revoke(ctx context.Context, c account.Caller, camera media.CameraID, who account.ID) error {
	if _, err := g.admitOwner(ctx, c, camera); err != nil {
		return g.answer(err)
	}
	had, err := g.take(ctx, camera, who)
	if err != nil || !had {
		return g.answer(err)
	}
	g.did(c, journal.Entry{Kind: journal.Revoked, Camera: camera, Owner: c.Account, Other: who})
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

// take removes a grant with its wraps and guest links, cuts its streams and notes
// that the camera needs a new epoch.
func (g *Gate) take(ctx context.Context, camera media.CameraID, who account.ID) (had bool, err error) {
	err = g.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		if had, err = tx.RemoveGrant(ctx, camera, who); err != nil || !had {
			return err
		}
		if err := tx.RevokeLinksTo(ctx, camera, who, g.cfg.Clock.Now()); err != nil {
			return err
		}
		return tx.RemoveEpochWraps(ctx, camera, who)
	})
	if err != nil || !had {
		return had, err
	}
	g.overdue(camera)
	g.cfg.Store.Scrub()
	g.cfg.Revoked(who, camera)
	return true, nil
}

// overdue notes that a camera needs a new epoch; Run makes it.
func (g *Gate) overdue(camera media.CameraID) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.stale[camera] = true
}

func (g *Gate) settled(id media.CameraID) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.stale, id)
}

// bump starts a camera's next epoch, unless the one before is younger than
// bumpEvery: then it stays due. Without an owner the hub signs alone. Who calls
// it tells Config.Rekeyed.
func (g *Gate) bump(ctx context.Context, id media.CameraID, owner *vault.OpenedAccount) (bumped bool, err error) {
	g.settled(id) // what is taken from here on is due again
	err = g.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		camera, err := tx.Camera(ctx, id)
		if err != nil {
			return err
		}
		if !camera.Retired.IsZero() {
			return store.ErrNoRow
		}
		newest, err := tx.NewestEpoch(ctx, id)
		if err != nil {
			return err
		}
		// A clock that was set back makes no epoch last longer.
		if age := g.cfg.Clock.Now().Sub(newest.Since); age >= 0 && age < bumpEvery {
			return nil
		}
		bumped = true
		return g.newEpoch(ctx, tx, camera, vault.Change{Owner: owner})
	})
	if err != nil {
		bumped = false
	}
	if !bumped {
		g.overdue(id)
	}
	return bumped, err
}

// newEpoch makes an epoch in which whoever may not hold keys any more has none.
func (g *Gate) newEpoch(ctx context.Context, tx *store.Tx, camera store.Camera, change vault.Change) error {
	may, err := g.holders(ctx, tx.View, camera)
	if err != nil {
		return err
	}
	change.Keep = func(id store.PrincipalID) bool { return may[id] }
	return g.cfg.Vault.NewEpoch(ctx, tx, camera, change)
}

// holders are who may hold keys of a camera now.
func (g *Gate) holders(ctx context.Context, rows store.View, camera store.Camera) (map[store.PrincipalID]bool, error) {
	grants, err := rows.Grants(ctx, camera.ID)
	if err != nil {
		return nil, err
	}
	now, may := g.cfg.Clock.Now(), map[store.PrincipalID]bool{camera.Owner: true}
	for _, r := range grants {
		may[r.Account] = !r.Unconfirmed && (r.Expires.IsZero() || r.Expires.After(now))
	}
	tokens, err := rows.TokensOfCamera(ctx, camera.ID, now)
	if err != nil {
		return nil, err
	}
	for _, id := range tokens {
		may[store.PrincipalID(id)] = true
	}
	return may, nil
}

// KeysChanged hears that an account has a new version of its keys, because
// somebody may have known the old one or it was recovered. Cameras shared with it
// get new epochs soon, without it until their owners have confirmed it: what the
// old keys open ends there.
func (g *Gate) KeysChanged(ctx context.Context, who account.ID) error {
	shared, err := g.cfg.Store.GrantsTo(ctx, who)
	if err != nil {
		return g.answer(err)
	}
	for _, r := range shared {
		g.overdue(r.Camera)
	}
	return nil
}
