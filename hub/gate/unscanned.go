package gate

import (
	"context"

	"lares/cameras/discover"
	"lares/hub/account"
)

// Unscanned are the hub's networks that the last scan was too short for, for a
// person. It returns ErrNotFound for tokens, and ErrUnavailable.
func (g *Gate) Unscanned(_ context.Context, c account.Caller) ([]discover.Unscanned, error) {
	if err := g.person(c); err != nil {
		return nil, err
	}
	if g.cfg.Finder == nil {
		return nil, nil
	}
	return g.cfg.Finder.Unscanned(), nil
}
