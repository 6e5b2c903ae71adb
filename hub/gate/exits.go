package gate

import (
	"context"
	"errors"
	"slices"
	"time"

	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/hub/account"
	"lares/hub/store"
)

// Exit is an address that the hub talks to beside its cameras and those who look at them,
// and why.
type Exit struct {
	Kind    string
	Address string
	// Camera is whose pictures go there, and Since when its owner said so. Of others' they
	// are zero: who runs the hub learns where it talks to, and nothing of why.
	Camera media.CameraID
	Since  time.Time
}

// Exits lists where pictures of the caller's own cameras go; who runs the hub is told the
// addresses that others set besides, each once. It is for people. It returns ErrNotFound,
// ErrCrossed or ErrUnavailable.
func (g *Gate) Exits(ctx context.Context, c account.Caller) ([]Exit, error) {
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	if !c.Token.IsZero() {
		return nil, ErrNotFound
	}
	rows, err := g.exits(ctx, c)
	if err != nil {
		return nil, g.answer(err)
	}
	list := []Exit{}
	for _, r := range rows {
		s, err := g.openDetector(r)
		if errors.Is(err, seal.ErrCrossed) {
			continue // counted; one that was tampered with leads nowhere, and hides no other
		}
		if err != nil {
			return nil, g.answer(err)
		}
		e := Exit{Kind: r.Kind, Address: s.Address}
		if r.Account == c.Account {
			e.Camera, e.Since = r.Camera, r.Since
		} else if slices.Contains(list, e) {
			continue
		}
		list = append(list, e)
	}
	return list, nil
}

// exits looks up the exits of a person; for who runs the hub, those of others behind them.
func (g *Gate) exits(ctx context.Context, c account.Caller) ([]store.Exit, error) {
	rows, err := g.cfg.Store.ExitsOf(ctx, c.Account)
	if err != nil {
		return nil, err
	}
	own, err := compared(fault.ExitList, c.Account.String(), rows,
		func(r store.Exit) bool { return r.Account != c.Account },
		func(r store.Exit) error { return g.crossing(fault.ExitList, r.Camera, c.Account) })
	if err != nil || !c.Operator {
		return own, err
	}
	all, err := g.cfg.Store.Exits(ctx)
	return append(own, slices.DeleteFunc(all, func(r store.Exit) bool { return r.Account == c.Account })...), err
}
