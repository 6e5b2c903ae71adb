package gate

import (
	"context"
	"errors"
	"time"

	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/store"
	"lares/hub/vault"
)

// HistoryFrom says how far back a grant reaches.
type HistoryFrom string

const (
	// FromNow shares what is recorded from the grant on.
	FromNow HistoryFrom = "now"
	// FromStart shares everything the owner can open.
	FromStart HistoryFrom = "all"
)

// GrantRequest shares a camera with an account.
type GrantRequest struct {
	Camera  media.CameraID
	Account account.ID
	Actions []Action
	History HistoryFrom // "" is FromNow
	Expires time.Time   // zero is never
}

// opensStored are the actions that come with store keys; all others make do
// with the live key.
func opensStored() uint32 { return bit(History) | bit(Export) | bit(GuestLinks) }

func (r GrantRequest) row(now time.Time) (store.Grant, error) {
	g := store.Grant{Camera: r.Camera, Account: r.Account, HistoryFrom: now, Expires: r.Expires, Granted: now}
	for _, a := range r.Actions {
		if bit(a) == 0 {
			return g, ErrInput
		}
		g.Actions |= bit(a)
	}
	switch r.History {
	case FromStart:
		g.HistoryFrom = time.UnixMilli(0)
	case FromNow, "":
	default:
		return g, ErrInput
	}
	if g.Actions == 0 || !r.Expires.IsZero() && !r.Expires.After(now) {
		return g, ErrInput
	}
	return g, nil
}

// Grant shares one of the caller's own cameras; it replaces a former grant to
// the same account. It returns ErrNotFound, ErrInput or ErrUnavailable.
func (g *Gate) Grant(ctx context.Context, c account.Caller, r GrantRequest) error {
	had, err := g.grant(ctx, c, r)
	if err != nil {
		return g.answer(err)
	}
	if had {
		g.cfg.Revoked(r.Account, r.Camera)
	}
	g.cfg.Rekeyed(r.Camera)
	return nil
}

func (g *Gate) grant(ctx context.Context, c account.Caller, r GrantRequest) (had bool, err error) {
	p, _, err := g.admit(ctx, c, r.Camera, Manage)
	if err != nil {
		return false, err
	}
	if !p.mine {
		return false, ErrNotFound // only the owner grants
	}
	row, err := r.row(g.cfg.Clock.Now())
	if err != nil {
		return false, err
	}
	if _, err := g.cfg.Store.Account(ctx, r.Account); errors.Is(err, store.ErrNoRow) || r.Account == c.Account {
		return false, ErrInput
	} else if err != nil {
		return false, err
	}
	owner, err := g.cfg.Vault.Unlock(ctx, c.Proof())
	if err != nil {
		return false, err
	}
	stored := row.Actions&opensStored() != 0
	err = g.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		camera, err := tx.Camera(ctx, r.Camera)
		if err != nil {
			return err
		}
		if had, err = tx.RemoveGrant(ctx, r.Camera, r.Account); err != nil {
			return err
		}
		if err := tx.RemoveEpochWraps(ctx, r.Camera, r.Account); err != nil {
			return err
		}
		if err := tx.PutGrant(ctx, row); err != nil {
			return err
		}
		if stored && r.History == FromStart {
			if err := g.cfg.Vault.ShareHistory(ctx, tx, owner, camera, r.Account); err != nil {
				return err
			}
		}
		return g.newEpoch(ctx, tx, camera, vault.Change{Owner: owner, Add: &vault.Member{Principal: r.Account, Store: stored}})
	})
	return had, err
}

// newEpoch bumps a camera: whoever has no grant any more, and no token that
// lives, loses its keys.
func (g *Gate) newEpoch(ctx context.Context, tx *store.Tx, camera store.Camera, change vault.Change) error {
	grants, err := tx.Grants(ctx, camera.ID)
	if err != nil {
		return err
	}
	now, has := g.cfg.Clock.Now(), map[store.PrincipalID]bool{}
	for _, r := range grants {
		has[r.Account] = r.Expires.IsZero() || r.Expires.After(now)
	}
	tokens, err := tx.TokensOfCamera(ctx, camera.ID, now)
	if err != nil {
		return err
	}
	for _, id := range tokens {
		has[store.PrincipalID(id)] = true
	}
	change.Keep = func(id store.PrincipalID) bool { return has[id] }
	return g.cfg.Vault.NewEpoch(ctx, tx, camera, change)
}

// Revoke takes a grant back: rows and wraps are gone and a new epoch has begun
// when it returns. No grant is no error. It returns ErrNotFound or
// ErrUnavailable; with the latter the grant may be gone already and the epoch
// follows by itself.
func (g *Gate) Revoke(ctx context.Context, c account.Caller, camera media.CameraID, who account.ID) error {
	p, _, err := g.admit(ctx, c, camera, Manage)
	if err != nil {
		return g.answer(err)
	}
	if !p.mine {
		return ErrNotFound
	}
	had, err := g.take(ctx, camera, who)
	if err != nil || !had {
		return g.answer(err)
	}
	// The grant is gone whatever happens now; the owner signs if it can.
	owner, err := g.cfg.Vault.Unlock(ctx, c.Proof())
	if err != nil {
		return g.answer(err)
	}
	return g.answer(g.bump(ctx, camera, owner))
}

// take removes a grant with its wraps, cuts its streams and notes that the
// camera needs a new epoch.
func (g *Gate) take(ctx context.Context, camera media.CameraID, who account.ID) (had bool, err error) {
	err = g.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		if had, err = tx.RemoveGrant(ctx, camera, who); err != nil || !had {
			return err
		}
		return tx.RemoveEpochWraps(ctx, camera, who)
	})
	if err != nil || !had {
		return had, err
	}
	g.mu.Lock()
	g.stale[camera] = true
	g.mu.Unlock()
	g.cfg.Store.Scrub()
	g.cfg.Revoked(who, camera)
	return true, nil
}

// bump starts a camera's next epoch; without an owner the hub signs alone.
func (g *Gate) bump(ctx context.Context, id media.CameraID, owner *vault.OpenedAccount) error {
	err := g.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		camera, err := tx.Camera(ctx, id)
		if err != nil {
			return err
		}
		return g.newEpoch(ctx, tx, camera, vault.Change{Owner: owner})
	})
	if err != nil {
		return err
	}
	g.mu.Lock()
	delete(g.stale, id)
	g.mu.Unlock()
	g.cfg.Rekeyed(id)
	return nil
}
