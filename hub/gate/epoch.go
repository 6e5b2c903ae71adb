package gate

import (
	"context"
	"errors"
	"time"

	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/hub/account"
	"lares/hub/store"
	"lares/hub/vault"
)

// bumpEvery is the window in which what is taken from a camera, by revokes and
// expiries, makes one new epoch: who loses it has lost rows, wraps and streams at
// once, and a busy owner does not make the camera begin a clip for each.
const bumpEvery = 10 * time.Second

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
		may[r.Account] = !r.Unconfirmed && !over(r.Expires, now)
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

// BumpOwn begins new epochs, signed by the owner, for the cameras an account
// owns: all of them, or those whose newest epoch is of other keys of the owner.
// It is account.Config.Bump; who calls it tells Config.Rekeyed after the commit.
// A camera whose epochs are damaged keeps them, counted and logged: nothing is
// sealed or opened with such an epoch, and its owner is not locked out for it.
func (g *Gate) BumpOwn(ctx context.Context, tx *store.Tx, owner *vault.OpenedAccount, all bool) (bumped []media.CameraID, err error) {
	rows, err := tx.CamerasOf(ctx, owner.ID())
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		if row.Owner != owner.ID() {
			return nil, g.crossing("camera", row.ID, owner.ID())
		}
		if !row.Retired.IsZero() {
			continue // nothing new comes from it
		}
		if !all {
			signs, err := g.cfg.Vault.Signs(ctx, tx.View, owner, row.ID)
			if g.damaged(row.ID, err) || signs {
				continue
			}
			if err != nil {
				return nil, err
			}
		}
		err := g.newEpoch(ctx, tx, row, vault.Change{Owner: owner})
		if g.damaged(row.ID, err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		bumped = append(bumped, row.ID)
	}
	return bumped, nil
}

// damaged reports, and logs, that a camera's epochs are not what the hub wrote.
func (g *Gate) damaged(camera media.CameraID, err error) bool {
	if !errors.Is(err, seal.ErrCrossed) && !errors.Is(err, store.ErrNoRow) {
		return false
	}
	if errors.Is(err, store.ErrNoRow) { // a crossing is counted where it was found
		g.cfg.Vault.Refusals().Note(vault.Crossing{Site: "epoch chain", Camera: camera})
	}
	g.cfg.Log.Error("a camera's keys are damaged; it gets no new ones", "camera", camera.String(), "error", err)
	return true
}
