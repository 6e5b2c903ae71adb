package gate

import (
	"context"

	"lares/cameras"
	"lares/hub/account"
	"lares/hub/vault"
)

// oneHost refuses, with ErrSubElsewhere or ErrONVIFElsewhere, a camera whose addresses
// are not all of the main stream's host: what tells whose device it is is asked there.
// Where names lead may change, so the worker and the Fleet compare at each connect. An
// address at which somebody else's camera is counts as an attempt at it, of which its
// owner hears. Names are asked for: not within a transaction.
func (g *Gate) oneHost(ctx context.Context, c account.Caller, a cameras.Access) error {
	for _, x := range []struct {
		address string
		refused error
	}{{a.Sub, ErrSubElsewhere}, {a.ONVIF, ErrONVIFElsewhere}} {
		if x.address == "" || cameras.OneHost(ctx, a.Main, x.address) {
			continue
		}
		rows, err := g.cfg.Store.Cameras(ctx)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if other, err := g.openAccess(r); err == nil && r.Owner != c.Account && hostOf(other.Main) == hostOf(x.address) {
				g.cfg.Vault.Refusals().Note(vault.Crossing{Site: "camera identity", Camera: r.ID, Account: c.Account})
			}
		}
		return x.refused
	}
	return nil
}
