package gate

import (
	"context"
	"errors"
	"time"

	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/hub/account"
	"lares/hub/journal"
)

// keysIn bounds the opening of a run, which looks into the database seven times,
// one after the other. On a slow disk a picture may come late; nothing waits for
// it but its viewer, whose right is asked for meanwhile as for any other stream.
const keysIn = 4 * time.Second

// LiveOpener opens the units of one camera's run for one viewer. It is made
// again at each run. One goroutine uses it at a time.
type LiveOpener struct {
	gate    *Gate
	session account.SessionID
	opener  *seal.Opener

	seen     journal.View
	delivery *journal.Delivery // nil before the first bytes
}

// OpenLive opens the run key with the caller's own keys; p is a Live pass. It
// returns ErrNotFound, ErrCrossed or ErrUnavailable.
func (g *Gate) OpenLive(ctx context.Context, p Pass, run seal.Run) (*LiveOpener, error) {
	if !p.isFor(Live) {
		return nil, g.crossing("pass", p.camera, p.account)
	}
	if run.Hub != g.cfg.Vault.Hub() || run.Camera != p.camera {
		return nil, g.crossing(fault.Run, run.Camera, p.account)
	}
	ctx, cancel := context.WithTimeout(ctx, keysIn)
	defer cancel()
	a, err := g.cfg.Vault.Unlock(ctx, p.proof)
	if err != nil {
		return nil, g.answer(err)
	}
	key, err := a.RunKey(ctx, run)
	if err != nil {
		return nil, g.answer(err)
	}
	return &LiveOpener{
		gate: g, session: p.session, opener: key.Opener(),
		seen: p.view(journal.Live, run.Camera, media.ClipID{}),
	}, nil
}

// Session is the login session it opens for: only its wire may carry the result.
func (o *LiveOpener) Session() account.SessionID { return o.session }

// Run is the run it opens; units of another one are seal.ErrCrossed.
func (o *LiveOpener) Run() media.RunID { return o.opener.Run() }

// Open opens a unit and appends its data to dst, as seal.Opener does. A unit of
// another camera or run is seal.ErrCrossed, one that was changed seal.ErrOpen;
// both are counted.
func (o *LiveOpener) Open(dst []byte, u media.Unit) (media.AccessUnit, []byte, error) {
	au, out, err := o.opener.Open(dst, u)
	if errors.Is(err, seal.ErrCrossed) || errors.Is(err, seal.ErrOpen) {
		o.gate.crossing("live unit", o.seen.Camera, o.seen.Account)
	}
	return au, out, err
}
