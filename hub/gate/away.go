package gate

import (
	"context"
	"time"

	"lares/cameras/fault"
	"lares/hub/account"
	"lares/hub/journal"
	"lares/hub/store"
)

// Away says since when the caller is away; the zero time is at home. A token that may
// not say so may not know it either: ErrNotFound. Else it is ErrCrossed or
// ErrUnavailable.
func (g *Gate) Away(ctx context.Context, c account.Caller) (since time.Time, err error) {
	now, err := g.now()
	if err != nil {
		return since, err
	}
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	if err := g.mayBeAway(ctx, g.cfg.Store.View, c, now); err != nil {
		return since, g.answer(err)
	}
	aways, err := g.cfg.Store.Aways(ctx)
	if err == nil {
		since, err = g.awayIn(aways[c.Account], c.Account)
	}
	return since, g.answer(err)
}

// SetAway says that the caller is away from now on, or at home: in person, or by a token
// that was made for it. Its errors are those of Away. Config.Ruled hears of a change.
func (g *Gate) SetAway(ctx context.Context, c account.Caller, away bool) error {
	now, err := g.now()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	changed := false
	err = g.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		if err := g.mayBeAway(ctx, tx.View, c, now); err != nil {
			return err
		}
		if changed, err = tx.SetAway(ctx, c.Account, away, now); err != nil || !changed {
			return err
		}
		return g.enter(ctx, tx, c, journal.Entry{Kind: journal.Away, Detail: map[string]any{"away": away}})
	})
	if err != nil {
		return g.answer(err)
	}
	if changed {
		g.cfg.Ruled()
	}
	return nil
}

// mayBeAway asks whether the caller's session lives, or its token, and was made for this.
func (g *Gate) mayBeAway(ctx context.Context, rows store.View, c account.Caller, now time.Time) error {
	if c.Token.IsZero() {
		return g.cfg.Vault.Stands(ctx, rows, c.Proof(), nil)
	}
	id, of, err := rows.AwayToken(ctx, c.Token, c.Account, now)
	if err == nil && (id != c.Token || of != c.Account) {
		return g.crossedOwner(fault.Token, c.Account)
	}
	return err
}
