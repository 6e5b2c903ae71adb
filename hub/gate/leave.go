package gate

import (
	"context"
	"errors"

	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/journal"
	"lares/hub/store"
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

// Leave removes the caller's own account. It returns the sessions that ended, or
// ErrOwnsCameras, account.ErrLastOperator, ErrInput or ErrUnavailable.
func (g *Gate) Leave(ctx context.Context, c account.Caller, l Leaving) ([]account.SessionID, error) {
	return g.removeAccount(ctx, c, c.Account, l)
}

// RemoveAccount removes somebody's account on behalf of an operator. With erase
// its cameras go with it. They are offered to nobody: to whom an operator gives
// them, the operator may be, and would see through another's cameras. It returns
// the sessions that ended, or ErrNotFound, ErrOwnsCameras, account.ErrLastOperator
// or ErrUnavailable.
func (g *Gate) RemoveAccount(ctx context.Context, c account.Caller, who account.ID, erase bool) ([]account.SessionID, error) {
	if !c.Operator || !c.Token.IsZero() {
		return nil, ErrNotFound
	}
	return g.removeAccount(ctx, c, who, Leaving{Erase: erase})
}

// left is what an account leaves behind.
type left struct {
	sessions []account.SessionID
	own      []media.CameraID // its cameras
	shared   []media.CameraID // cameras of others whose keys it held
}

func (g *Gate) removeAccount(ctx context.Context, c account.Caller, who account.ID, l Leaving) ([]account.SessionID, error) {
	var gone left
	err := g.write(ctx, c, func(tx *store.Tx) (err error) {
		if who != c.Account {
			if by, err := tx.Account(ctx, c.Account); err != nil || !by.Operator {
				return errors.Join(err, ErrNotFound)
			}
		}
		if gone, err = g.takeAway(ctx, tx, who, l); err != nil {
			return err
		}
		e := journal.Entry{Kind: journal.AccountRemoved, Other: who}
		if n := len(gone.own); n > 0 {
			e.Count, e.Detail = int64(n), l.noted()
		}
		return g.enter(ctx, tx, c, e)
	})
	if err != nil {
		if errors.Is(err, ErrOwnsCameras) || errors.Is(err, account.ErrLastOperator) {
			return nil, err
		}
		return nil, g.answer(err)
	}
	for _, id := range gone.shared { // the hub alone signs the next epochs: it only takes away
		g.overdue(id)
		g.revoked(ctx, who, id)
	}
	g.forgetAll(ctx, gone.own)
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
	if gone.own, err = g.offerAll(ctx, tx, who, l.Give); err != nil {
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

// offerAll takes all cameras of an account that leaves the hub out of use,
// within the transaction that removes the account: what they recorded was its
// own and is erased. With to, each camera in use is offered to that account.
// Call forgetAll with its result after the commit. It returns ErrInput for a to
// that cannot take them.
func (g *Gate) offerAll(ctx context.Context, tx *store.Tx, from, to account.ID) ([]media.CameraID, error) {
	now, err := g.now()
	if err != nil {
		return nil, err
	}
	rows, err := tx.CamerasOf(ctx, from)
	if err != nil {
		return nil, g.answer(err)
	}
	var left []media.CameraID
	for _, row := range rows {
		if row.Owner != from {
			return nil, g.crossing("camera", row.ID, from)
		}
		if _, err := g.endGrants(ctx, tx, endedWith(row.ID, from)); err != nil {
			return nil, g.answer(err)
		}
		g.cfg.Vault.Removed(tx, row.ID)
		if err := tx.RemoveCamera(ctx, row.ID, from, now); err != nil { // with what was offered before
			return nil, g.answer(err)
		}
		left = append(left, row.ID)
		if to.IsZero() || !row.Retired.IsZero() {
			continue
		}
		if _, err := g.addOffer(ctx, tx, row, to, true, now); err != nil {
			return nil, g.answer(err)
		}
	}
	return left, nil
}

// forgetAll finishes what offerAll began: workers end, recordings are erased.
// What cannot be erased now is tried again by Run.
func (g *Gate) forgetAll(ctx context.Context, ids []media.CameraID) {
	g.cfg.Store.Scrub()
	for _, id := range ids {
		g.cfg.Vault.Forget(id)
		g.cfg.Changed(id)
		if err := g.erase(ctx, id); err != nil {
			g.cfg.Log.Error("recordings of a camera whose owner left are still there; they are tried again", "camera", id, "error", err)
		}
	}
}
