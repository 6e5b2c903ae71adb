package gate

import (
	"context"
	"slices"
	"time"

	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/store"
	"lares/hub/vault"
)

// compared is what a list's look-up found, if each row is for who asked; tenant is
// they, or the camera that was asked about. A list with a row that is not is somebody
// else's, and refused whole: crossed counts it by that row.
func compared[R any](site fault.Site, tenant string, rows []R, foreign func(R) bool, crossed func(R) error) ([]R, error) {
	if fault.On && len(rows) > 0 {
		// Two accounts may share a list, of one offer or link: that is no swap.
		rows = fault.SwapIf(site, tenant, rows, func(other []R) bool { return slices.ContainsFunc(other, foreign) })
	}
	if i := slices.IndexFunc(rows, foreign); i >= 0 {
		return nil, crossed(rows[i])
	}
	return rows, nil
}

// visibleCameras looks up the cameras of a caller, or one. Each row says whose right
// it was found by, and a grant whose it is.
func (g *Gate) visibleCameras(ctx context.Context, c account.Caller, now time.Time, only media.CameraID) ([]store.VisibleCamera, error) {
	who := c.Principal()
	rows, err := g.cfg.Store.VisibleCameras(ctx, who, now, bit(History), bit(Audio), only)
	if err != nil {
		return nil, err
	}
	return compared(fault.CameraList, who.String(), rows,
		func(r store.VisibleCamera) bool { return foreignCamera(r, who, only) },
		func(r store.VisibleCamera) error { return g.crossing(fault.CameraList, r.ID, c.Account) })
}

// foreignCamera reports whether a row of a list, or of one camera, is somebody else's
// or of another.
func foreignCamera(r store.VisibleCamera, who store.PrincipalID, only media.CameraID) bool {
	if r.Grant != nil && (r.Grant.Camera != r.ID || r.Grant.Account != who) {
		return true
	}
	return r.For != who || !only.IsZero() && r.ID != only
}

// links looks up the links that a caller made, and those to its cameras.
func (g *Gate) links(ctx context.Context, c account.Caller) ([]store.ListedLink, error) {
	who := c.Principal()
	rows, err := g.cfg.Store.Links(ctx, who)
	if err != nil {
		return nil, err
	}
	return compared(fault.LinkList, who.String(), rows,
		func(r store.ListedLink) bool { return r.Account != who && r.Owner != who },
		func(r store.ListedLink) error { return g.crossing(fault.LinkList, r.Camera, c.Account) })
}

// tokens looks up the tokens of a person.
func (g *Gate) tokens(ctx context.Context, c account.Caller) ([]store.Token, error) {
	rows, err := g.cfg.Store.Tokens(ctx, c.Account)
	if err != nil {
		return nil, err
	}
	return compared(fault.TokenList, c.Account.String(), rows,
		func(r store.Token) bool { return r.Account != c.Account },
		func(r store.Token) error {
			g.cfg.Vault.Refusals().Note(vault.Crossing{Site: fault.TokenList, Account: c.Account, Owner: r.Account})
			return ErrCrossed
		})
}

// tokenCameras looks up what the tokens of a person may do.
func (g *Gate) tokenCameras(ctx context.Context, c account.Caller) ([]store.TokenCamera, error) {
	rows, err := g.cfg.Store.TokenCameras(ctx, c.Account)
	if err != nil {
		return nil, err
	}
	return compared(fault.TokenCameras, c.Account.String(), rows,
		func(r store.TokenCamera) bool { return r.Maker != c.Account },
		func(r store.TokenCamera) error { return g.crossing(fault.TokenCameras, r.Camera, c.Account) })
}

// transfers looks up what a caller offers, and what is offered to it.
func (g *Gate) transfers(ctx context.Context, c account.Caller, now time.Time) ([]store.Transfer, error) {
	rows, err := g.cfg.Store.Transfers(ctx, c.Account, now)
	if err != nil {
		return nil, err
	}
	return compared(fault.TransferList, c.Account.String(), rows,
		func(r store.Transfer) bool { return r.Owner != c.Account && r.Taker != c.Account },
		func(r store.Transfer) error { return g.crossing(fault.TransferList, r.Camera, c.Account) })
}

// grants looks up with whom a caller's own camera is shared.
func (g *Gate) grants(ctx context.Context, c account.Caller, camera media.CameraID, now time.Time) ([]store.NamedGrant, error) {
	rows, err := g.cfg.Store.NamedGrants(ctx, camera, now)
	if err != nil {
		return nil, err
	}
	return compared(fault.GrantList, camera.String(), rows,
		func(r store.NamedGrant) bool { return r.Camera != camera },
		func(r store.NamedGrant) error { return g.crossing(fault.GrantList, r.Camera, c.Account) })
}
