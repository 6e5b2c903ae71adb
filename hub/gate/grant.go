package gate

import (
	"cmp"
	"context"
	"errors"
	"time"

	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/journal"
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
	// History "" is FromNow. For somebody who has history from a day on already,
	// FromNow keeps that day.
	History HistoryFrom
	Expires time.Time // zero is never
}

// Grant is what an owner lets somebody do with a camera.
type Grant struct {
	Account     account.ID
	Name        string // of the account
	Actions     []Action
	History     HistoryFrom
	HistoryFrom time.Time // Unix 0 with FromStart
	Expires     time.Time // zero is never
	Since       time.Time
	// Unconfirmed says that the account has new keys: it gets nothing of what is
	// recorded or shown from then on until the owner confirms it.
	Unconfirmed bool
}

// opensStored are the actions that come with store keys; all others make do
// with the live key.
func opensStored() uint32 { return bit(History) | bit(Export) | bit(GuestLinks) }

// allHistory is where a grant of all history begins.
func allHistory() time.Time { return time.UnixMilli(0).UTC() }

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
		g.HistoryFrom = allHistory()
	case FromNow, "":
	default:
		return g, ErrInput
	}
	if g.Actions == 0 || !r.Expires.IsZero() && !r.Expires.After(now) {
		return g, ErrInput
	}
	return g, nil
}

func grantOf(r store.Grant) Grant {
	g := Grant{
		Account: r.Account, Actions: named(r.Actions), History: FromNow, HistoryFrom: r.HistoryFrom,
		Expires: r.Expires, Since: r.Granted, Unconfirmed: r.Unconfirmed,
	}
	if r.HistoryFrom.Equal(allHistory()) {
		g.History = FromStart
	}
	return g
}

// Grants lists with whom the caller shares one of its own cameras, by name. It
// returns ErrNotFound or ErrUnavailable.
func (g *Gate) Grants(ctx context.Context, c account.Caller, camera media.CameraID) ([]Grant, error) {
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	now, err := g.admitOwner(ctx, c, camera)
	if err != nil {
		return nil, g.answer(err)
	}
	rows, err := g.cfg.Store.NamedGrants(ctx, camera, now)
	if err != nil {
		return nil, g.answer(err)
	}
	list := make([]Grant, 0, len(rows))
	for _, r := range rows {
		if r.Camera != camera {
			return nil, g.crossed("grant row")
		}
		v := grantOf(r.Grant)
		v.Name = r.Name
		list = append(list, v)
	}
	return list, nil
}

// admitOwner lets the owner of a camera pass, in person: only the owner grants.
func (g *Gate) admitOwner(ctx context.Context, c account.Caller, camera media.CameraID) (time.Time, error) {
	p, _, err := g.admit(ctx, c, camera, Manage)
	if err != nil {
		return time.Time{}, err
	}
	if !p.mine || !c.Token.IsZero() {
		return time.Time{}, ErrNotFound
	}
	return g.cfg.Clock.Now(), nil
}

// Grant shares one of the caller's own cameras; it replaces a former grant to
// the same account. It returns ErrNotFound, ErrInput, ErrUnconfirmed or
// ErrUnavailable.
func (g *Gate) Grant(ctx context.Context, c account.Caller, r GrantRequest) error {
	had, err := g.grant(ctx, c, r)
	if err != nil {
		return g.answer(err)
	}
	detail := map[string]any{"actions": r.Actions, "history": cmp.Or(r.History, FromNow)}
	if !r.Expires.IsZero() {
		detail["expires"] = r.Expires.UTC().Format(time.RFC3339)
	}
	g.did(c, journal.Entry{Kind: journal.Granted, Camera: r.Camera, Owner: c.Account, Other: r.Account, Detail: detail})
	if had {
		g.cfg.Revoked(r.Account, r.Camera)
	}
	g.cfg.Rekeyed(r.Camera)
	return nil
}

func (g *Gate) grant(ctx context.Context, c account.Caller, r GrantRequest) (had bool, err error) {
	now, err := g.admitOwner(ctx, c, r.Camera)
	if err != nil {
		return false, err
	}
	row, err := r.row(now)
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
	err = g.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		camera, err := ownCamera(ctx, tx, r.Camera, c.Account)
		if err != nil {
			return err
		}
		had, err = g.putGrant(ctx, tx, owner, camera, row, r.History != FromStart)
		return err
	})
	if errors.Is(err, vault.ErrKeysChanged) {
		// Nobody has looked since its keys changed: the owner hears of it now.
		return false, errors.Join(ErrUnconfirmed, g.unconfirm(ctx, r.Camera, r.Account))
	}
	return had, err
}

// ownCamera reads a camera again within the transaction that shares it.
func ownCamera(ctx context.Context, tx *store.Tx, id media.CameraID, owner account.ID) (store.Camera, error) {
	camera, err := tx.Camera(ctx, id)
	switch {
	case err != nil:
		return camera, err
	case camera.ID != id || camera.Owner != owner:
		return camera, ErrNotFound
	case !camera.Retired.IsZero():
		return camera, ErrInput // nothing new comes from it, and its grants ended with it
	}
	return camera, nil
}

// putGrant replaces a grant, what it opens, and the epoch.
func (g *Gate) putGrant(ctx context.Context, tx *store.Tx, owner *vault.OpenedAccount, camera store.Camera, row store.Grant, fromNow bool) (had bool, err error) {
	old, err := tx.Grant(ctx, row.Camera, row.Account)
	switch {
	case errors.Is(err, store.ErrNoRow):
	case err != nil:
		return false, err
	case old.Camera != row.Camera || old.Account != row.Account:
		return false, g.crossed("grant row")
	case old.Unconfirmed:
		return false, ErrUnconfirmed
	default:
		had = true
	}
	stored := row.Actions&opensStored() != 0
	valid := had && (old.Expires.IsZero() || old.Expires.After(row.Granted))
	if valid {
		row.Granted = old.Granted
	}
	if valid && fromNow && stored && old.Actions&opensStored() != 0 && old.HistoryFrom.After(allHistory()) {
		row.HistoryFrom = old.HistoryFrom // and the keys since then stay
	} else if err := tx.RemoveEpochWraps(ctx, row.Camera, row.Account); err != nil {
		return had, err
	}
	if err := tx.PutGrant(ctx, row); err != nil {
		return had, err
	}
	if stored && !fromNow {
		if err := g.cfg.Vault.ShareHistory(ctx, tx, owner, camera, row.Account, row.HistoryFrom); err != nil {
			return had, err
		}
	}
	return had, g.newEpoch(ctx, tx, camera, vault.Change{Owner: owner, Add: &vault.Member{Principal: row.Account, Store: stored}})
}

// Confirm accepts the new keys of somebody whom the caller shares one of its own
// cameras with: the account opens again what it did, and what comes. Nothing to
// confirm is no error. It returns ErrNotFound or ErrUnavailable.
func (g *Gate) Confirm(ctx context.Context, c account.Caller, id media.CameraID, who account.ID) error {
	confirmed, err := g.confirm(ctx, c, id, who)
	if err != nil {
		return g.answer(err)
	}
	if confirmed {
		g.did(c, journal.Entry{Kind: journal.Confirmed, Camera: id, Owner: c.Account, Other: who})
		g.cfg.Revoked(who, id) // its streams ask again
		g.cfg.Rekeyed(id)
	}
	return nil
}

func (g *Gate) confirm(ctx context.Context, c account.Caller, id media.CameraID, who account.ID) (confirmed bool, err error) {
	now, err := g.admitOwner(ctx, c, id)
	if err != nil {
		return false, err
	}
	owner, err := g.cfg.Vault.Unlock(ctx, c.Proof())
	if err != nil {
		return false, err
	}
	err = g.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		camera, err := ownCamera(ctx, tx, id, c.Account)
		if err != nil {
			return err
		}
		row, err := tx.Grant(ctx, id, who)
		if err != nil {
			return err
		}
		if row.Camera != id || row.Account != who {
			return g.crossed("grant row")
		}
		if !row.Expires.IsZero() && !row.Expires.After(now) {
			return ErrNotFound
		}
		if !row.Unconfirmed {
			return nil
		}
		confirmed, row.Unconfirmed = true, false
		if err := errors.Join(tx.PutGrant(ctx, row), tx.RemoveEpochWraps(ctx, id, who)); err != nil {
			return err
		}
		stored := row.Actions&opensStored() != 0
		if stored {
			if err := g.cfg.Vault.ShareHistory(ctx, tx, owner, camera, who, row.HistoryFrom); err != nil {
				return err
			}
		}
		add := &vault.Member{Principal: who, Store: stored, Confirmed: true}
		return g.newEpoch(ctx, tx, camera, vault.Change{Owner: owner, Add: add})
	})
	return confirmed, err
}

// unconfirm notes that a member's keys changed, and lets the owner know.
func (g *Gate) unconfirm(ctx context.Context, id media.CameraID, who account.ID) error {
	return g.cfg.Store.Update(ctx, func(tx *store.Tx) error { return tx.Unconfirm(ctx, id, who, g.cfg.Clock.Now()) })
}
