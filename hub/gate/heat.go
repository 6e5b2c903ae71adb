package gate

import (
	"context"
	"errors"

	"lares/cameras/media"
	"lares/cameras/motion"
	"lares/cameras/seal"
	"lares/hub/account"
)

// HeatSource is where it moves before a camera now, sealed, and the run it is sealed under;
// cameras.Fleet has it. An error says that it is not known.
type HeatSource func(media.CameraID) (media.Unit, seal.Run, error)

// Heat is where it moves before the camera of a Manage pass, for somebody who may also
// watch it live, which is asked here: where it moves tells what happens there. It is opened
// with the caller's own keys for this answer, and the journal knows it as watching. Where
// it is not known the heat has no cells. It returns ErrNotFound, ErrPrivate, ErrCrossed,
// ErrUnnoted or ErrUnavailable.
func (g *Gate) Heat(ctx context.Context, c account.Caller, p Pass) (motion.Heat, error) {
	if !p.isFor(Manage) || p.session != c.Session || p.account != c.Account {
		return motion.Heat{}, g.crossing("pass", p.camera, p.account)
	}
	looks, err := g.Admit(ctx, c, p.camera, Live)
	if errors.Is(err, ErrNotFound) {
		g.Denied(c, p.camera)
	}
	if err != nil {
		return motion.Heat{}, err
	}
	if _, err := g.mayControl(ctx, p); err != nil {
		return motion.Heat{}, g.answer(err)
	}
	u, run, err := g.cfg.Heat(p.camera)
	if err != nil {
		return motion.Heat{}, nil // as is said: not known
	}
	return g.openHeat(ctx, looks, u, run)
}

// openHeat opens it by a Live pass, which refuses a run or a unit of another camera.
func (g *Gate) openHeat(ctx context.Context, p Pass, u media.Unit, run seal.Run) (motion.Heat, error) {
	o, err := g.OpenLive(ctx, p, run)
	if errors.Is(err, ErrNotFound) {
		return motion.Heat{}, nil // a new right is good from the next run on
	}
	if err != nil {
		return motion.Heat{}, err
	}
	defer o.End()
	au, _, err := o.Open(nil, u)
	if err != nil {
		return motion.Heat{}, g.answer(err)
	}
	h, err := motion.ParseHeat(au.Data)
	if err != nil {
		return motion.Heat{}, nil // of a worker that is broken
	}
	if err := o.Announce(ctx); err != nil {
		return motion.Heat{}, err
	}
	o.Sent(len(h.Cells))
	o.delivery.Again() // the owner sees who watches, while they do
	return h, nil
}
