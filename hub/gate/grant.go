package gate

import (
	"context"
	"errors"
	"time"

	"lares/cameras/fault"
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

// over reports whether a grant or token that expires then is so now; zero is
// never.
func over(expires, now time.Time) bool { return !expires.IsZero() && !expires.After(now) }

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
	if g.Actions == 0 || over(r.Expires, now) {
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
	rows, err := g.grants(ctx, c, camera, now)
	if err != nil {
		return nil, g.answer(err)
	}
	list := make([]Grant, 0, len(rows))
	for _, r := range rows {
		v := grantOf(r.Grant)
		v.Name = r.Name
		list = append(list, v)
	}
	return list, nil
}

// admitOwner lets the owner of a camera pass, in person: only the owner grants.
// Whoever is not is noted: routes let pass who manages the camera.
func (g *Gate) admitOwner(ctx context.Context, c account.Caller, camera media.CameraID) (time.Time, error) {
	p, _, err := g.admit(ctx, c, camera, Manage)
	if err == nil && (!p.mine || !c.Token.IsZero()) {
		err = ErrNotFound
	}
	if errors.Is(err, ErrNotFound) || errors.Is(err, store.ErrNoRow) {
		g.Denied(c, camera)
	}
	if err != nil {
		return time.Time{}, err
	}
	return g.cfg.Clock.Now(), nil
}

// Grant shares one of the caller's own cameras; it replaces a former grant to
// the same account. It returns ErrNotFound, ErrInput, ErrUnconfirmed or
// ErrUnavailable.
func (g *Gate) Grant(ctx context.Context, c account.Caller, r GrantRequest) error {
	was, err := g.grant(ctx, c, r)
	if err != nil {
		return g.answer(err)
	}
	if len(was.links) > 0 {
		g.cfg.Store.Scrub()
	}
	if was.had {
		g.revoked(ctx, r.Account, r.Camera)
	}
	if was.unheard {
		g.cfg.Watching(r.Camera)
	}
	g.cfg.Rekeyed(r.Camera)
	return nil
}

// regranted is what a new grant took the place of.
type regranted struct {
	had bool        // a grant before
	row store.Grant // the new one
	// unheard says that the hub listened by the one before, which had run out already.
	unheard bool
	links   []store.RevokedLink // that stood on what it does not give any more
}

func (g *Gate) grant(ctx context.Context, c account.Caller, r GrantRequest) (was regranted, err error) {
	now, err := g.admitOwner(ctx, c, r.Camera)
	if err != nil {
		return was, err
	}
	row, err := r.row(now)
	if err != nil {
		return was, err
	}
	if _, err := g.cfg.Store.Account(ctx, r.Account); errors.Is(err, store.ErrNoRow) || r.Account == c.Account {
		return was, ErrInput
	} else if err != nil {
		return was, err
	}
	owner, err := g.cfg.Vault.Unlock(ctx, c.Proof())
	if err != nil {
		return was, err
	}
	history, err := g.sealHistory(ctx, owner, r.History, row)
	if err != nil {
		return was, err
	}
	err = g.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		if err := g.cfg.Vault.Stands(ctx, tx.View, c.Proof(), owner); err != nil {
			return err
		}
		camera, err := g.ownCamera(ctx, tx, r.Camera, c.Account)
		if err != nil {
			return err
		}
		if was, err = g.putGrant(ctx, tx, owner, camera, row, history); err != nil {
			return err
		}
		return g.noteGrant(ctx, tx, c, r, was)
	})
	if errors.Is(err, vault.ErrKeysChanged) {
		// Nobody has looked since its keys changed: the owner hears of it now.
		return was, errors.Join(ErrUnconfirmed, g.unconfirm(ctx, r.Camera, r.Account))
	}
	return was, err
}

// DescribeGrant enters what a grant allows into the detail of a row of the journal.
func DescribeGrant(detail map[string]any, g store.Grant) {
	detail["actions"], detail["history"] = named(g.Actions), FromStart
	if g.HistoryFrom.After(allHistory()) {
		detail["history"], detail["history_from"] = FromNow, g.HistoryFrom.UTC().Format(journal.TimeFormat)
	}
	if !g.Expires.IsZero() {
		detail["expires"] = g.Expires.UTC().Format(time.RFC3339)
	}
}

// noteGrant notes a grant, and the end of the links that it takes the ground from.
func (g *Gate) noteGrant(ctx context.Context, tx *store.Tx, c account.Caller, r GrantRequest, was regranted) error {
	detail := map[string]any{}
	DescribeGrant(detail, was.row)
	e := journal.Entry{Kind: journal.Granted, Camera: r.Camera, Owner: c.Account, Other: r.Account, Detail: detail}
	if err := g.enter(ctx, tx, c, e); err != nil {
		return err
	}
	for _, l := range was.links {
		e := journal.Entry{Kind: journal.LinkEnded, Camera: r.Camera, Owner: c.Account, Object: l.ID, Other: r.Account, Detail: map[string]any{"clip": l.Clip.String()}}
		if err := g.enter(ctx, tx, c, e); err != nil {
			return err
		}
	}
	return nil
}

// sealHistory seals what a grant of all history opens, which takes long where
// there were many epochs; nil for one from now.
func (g *Gate) sealHistory(ctx context.Context, owner *vault.OpenedAccount, from HistoryFrom, row store.Grant) (vault.History, error) {
	if from != FromStart {
		return nil, nil
	}
	camera, err := g.cfg.Store.Camera(ctx, row.Camera)
	if err != nil || row.Actions&opensStored() == 0 {
		return vault.History{}, err
	}
	return g.cfg.Vault.SealHistory(ctx, owner, camera, row.Account, row.HistoryFrom)
}

// ownCamera reads a camera again within the transaction that shares it. That its owner
// asked was found out, and a vain try counted, before.
func (g *Gate) ownCamera(ctx context.Context, tx *store.Tx, id media.CameraID, owner account.ID) (store.Camera, error) {
	camera, err := tx.Camera(ctx, id)
	if err == nil {
		err = g.stillOwn(fault.Camera, camera, id, owner)
	}
	return camera, err
}

// isOwn checks a row that was read as that of an owner's camera, where nobody asked yet
// whether it is: ErrNotFound says that it is not, else it is stillOwn.
func (g *Gate) isOwn(row store.Camera, id media.CameraID, owner account.ID) error {
	if row.ID == id && row.Owner != owner {
		return ErrNotFound
	}
	return g.stillOwn(fault.Camera, row, id, owner)
}

// stillOwn checks a row of a camera that was found to be the owner's. A camera has one
// owner for good, handing over makes another: ErrCrossed says that it is another camera's
// row, or somebody else's, which is counted, and ErrInput that it was handed over.
func (g *Gate) stillOwn(site fault.Site, row store.Camera, id media.CameraID, owner account.ID) error {
	switch {
	case row.ID != id || row.Owner != owner:
		return g.crossing(site, row.ID, owner)
	case !row.Retired.IsZero():
		return ErrInput // nothing new comes from it, and its grants ended with it
	}
	return nil
}

// putGrant replaces a grant, what it opens, the guest links that stood on what
// is lost, and the epoch. Without a history it is one from now.
func (g *Gate) putGrant(ctx context.Context, tx *store.Tx, owner *vault.OpenedAccount, camera store.Camera, row store.Grant, history vault.History) (was regranted, err error) {
	old, err := tx.Grant(ctx, row.Camera, row.Account)
	switch {
	case errors.Is(err, store.ErrNoRow):
	case err != nil:
		return was, err
	case old.Camera != row.Camera || old.Account != row.Account:
		return was, g.crossing("grant row", camera.ID, row.Account)
	case old.Unconfirmed:
		return was, ErrUnconfirmed
	default:
		was.had = true
	}
	stored, fromNow, now := row.Actions&opensStored() != 0, history == nil, row.Granted
	valid := was.had && !over(old.Expires, now)
	if valid {
		row.Granted = old.Granted
	}
	if valid && fromNow && stored && old.Actions&opensStored() != 0 && old.HistoryFrom.After(allHistory()) {
		row.HistoryFrom = old.HistoryFrom // and the keys since then stay
	} else if err := tx.RemoveEpochWraps(ctx, row.Camera, row.Account); err != nil {
		return was, err
	}
	was.row = row
	if _, was.unheard, err = g.unhear(ctx, tx, camera, now); err != nil {
		return was, err
	}
	if err := tx.PutGrant(ctx, row); err != nil {
		return was, err
	}
	every, hears := !valid || row.Actions&linkRights() != linkRights(), row.Actions&bit(Audio) != 0
	if was.links, err = tx.RevokeLinksBeyond(ctx, row, every, hears, now); err != nil {
		return was, err
	}
	if stored && !fromNow {
		if err := g.cfg.Vault.ShareHistory(ctx, tx, owner, camera, row.Account, row.HistoryFrom, history); err != nil {
			return was, err
		}
	}
	return was, g.newEpoch(ctx, tx, camera, vault.Change{Owner: owner, Add: &vault.Member{Principal: row.Account, Store: stored}})
}
