package gate

import (
	"context"
	"errors"

	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/hub/account"
	"lares/hub/journal"
	"lares/hub/store"
	"lares/hub/vault"
)

// ErrOwnsCameras says that an account owns cameras, and nobody said what becomes
// of them.
var ErrOwnsCameras = errors.New("gate: this account owns cameras")

// Leaving says what becomes of the cameras of an account that is removed. Their
// recordings are erased in any case.
type Leaving struct {
	Erase bool       // the cameras go
	Give  account.ID // or are offered to somebody; zero is nobody
}

// noted is what the journal keeps of it; which cameras is nobody's business who
// runs the hub.
func (l Leaving) noted() map[string]any {
	if l.Give.IsZero() {
		return map[string]any{"cameras": "erase"}
	}
	return map[string]any{"cameras": "give", "to": l.Give.String()}
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
			return nil, g.crossed("camera")
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

// Leave removes the caller's own account. It returns the sessions that ended, or
// ErrOwnsCameras, account.ErrLastOperator, ErrInput or ErrUnavailable.
func (g *Gate) Leave(ctx context.Context, c account.Caller, l Leaving) ([]account.SessionID, error) {
	return g.removeAccount(ctx, c, c.Account, l)
}

// RemoveAccount removes somebody's account on behalf of an operator. Its cameras
// may be offered to a third person, who gets the devices and nothing that they
// recorded, and never to the operator: to run the hub is no way to see what is
// others'. It returns the sessions that ended, or ErrNotFound, ErrOwnsCameras,
// account.ErrLastOperator, ErrInput or ErrUnavailable.
func (g *Gate) RemoveAccount(ctx context.Context, c account.Caller, who account.ID, l Leaving) ([]account.SessionID, error) {
	if !c.Operator || !c.Token.IsZero() {
		return nil, ErrNotFound
	}
	if l.Give == c.Account {
		return nil, ErrInput
	}
	return g.removeAccount(ctx, c, who, l)
}

// left is what an account leaves behind.
type left struct {
	sessions []account.SessionID
	own      []media.CameraID // its cameras
	shared   []media.CameraID // cameras of others whose keys it held
}

func (g *Gate) removeAccount(ctx context.Context, c account.Caller, who account.ID, l Leaving) ([]account.SessionID, error) {
	var gone left
	err := g.cfg.Store.Update(ctx, func(tx *store.Tx) (err error) {
		gone, err = g.takeAway(ctx, tx, who, l)
		return err
	})
	if err != nil {
		if errors.Is(err, ErrOwnsCameras) || errors.Is(err, account.ErrLastOperator) {
			return nil, err
		}
		return nil, g.answer(err)
	}
	for _, id := range gone.shared { // the hub alone signs the next epochs: it only takes away
		g.overdue(id)
		g.cfg.Revoked(who, id)
	}
	e := c.Entry(journal.AccountRemoved)
	e.Other = who
	if n := len(gone.own); n > 0 {
		e.Count, e.Detail = int64(n), l.noted()
	}
	g.cfg.Journal.Add(e)
	g.Left(ctx, gone.own)
	return gone.sessions, nil
}

// takeAway is the transaction: afterwards nothing opens with this account, and
// its row waits for the recordings of its cameras to be erased.
func (g *Gate) takeAway(ctx context.Context, tx *store.Tx, who account.ID, l Leaving) (gone left, err error) {
	now, err := g.now()
	if err != nil {
		return gone, err
	}
	if a, err := tx.Account(ctx, who); err != nil {
		return gone, err
	} else if other, err := tx.OtherOperator(ctx, who); err != nil {
		return gone, err
	} else if a.Operator && !other {
		return gone, account.ErrLastOperator
	}
	own, err := tx.CamerasOf(ctx, who)
	if err != nil {
		return gone, err
	}
	if len(own) > 0 && !l.Erase && l.Give.IsZero() {
		return gone, ErrOwnsCameras
	}
	if l.Give == who {
		return gone, ErrInput
	}
	shared, err := tx.GrantsTo(ctx, who)
	if err != nil {
		return gone, err
	}
	for _, r := range shared {
		gone.shared = append(gone.shared, r.Camera)
	}
	if gone.own, err = g.OfferAll(ctx, tx, who, l.Give); err != nil {
		return gone, err
	}
	if _, err := tx.RemoveTokens(ctx, who); err != nil {
		return gone, err
	}
	if gone.sessions, err = tx.EndOtherSessions(ctx, who, account.SessionID{}); err != nil {
		return gone, err
	}
	g.cfg.Vault.Removed(tx, who)
	return gone, tx.RemoveAccount(ctx, who, now)
}
