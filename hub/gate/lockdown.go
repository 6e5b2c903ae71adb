package gate

import (
	"context"
	"errors"
	"slices"
	"time"

	"lares/hub/account"
	"lares/hub/journal"
	"lares/hub/store"
)

// ErrLockdown says that a lockdown closes what was asked for until somebody
// lifts it.
var ErrLockdown = errors.New("gate: locked down")

// ErrNoLift refuses a lockdown by an account that has neither second factor nor
// confirmed recovery code: once the session that makes it is over, nobody could
// lift it, and who holds a stolen cookie would shut the person out.
var ErrNoLift = errors.New("gate: nothing to lift a lockdown with")

// LockdownScope says whose doors a lockdown closes.
type LockdownScope string

const (
	// LockMine closes the caller's own: its other sessions, tokens and links
	// end, and its cameras are closed to everybody else; recordings to all.
	LockMine LockdownScope = "mine"
	// LockHub closes those of all accounts: every session but the caller's ends,
	// and only those who run the hub may sign in.
	LockHub LockdownScope = "hub"
)

// Lockdown is what is closed for an account.
type Lockdown struct {
	Hub, Mine bool
	Since     time.Time // the older one; zero if nothing is closed
	// Lifter says that the account can lift all of it.
	Lifter bool
}

// onRecordings are the actions on what was recorded.
func onRecordings() []Action { return []Action{History, Export, Star, Delete, GuestLinks} }

// locked says whether a lockdown closes an action.
func locked(m store.Admission, a Action) bool {
	return m.Lock >= store.LockAll || m.Lock >= store.LockStored && slices.Contains(onRecordings(), a)
}

// LockDown closes doors until they are lifted: for the hub, a caller who runs it
// only. The caller's session goes on. Config.Locked hears of it. It returns
// ErrNotFound, ErrInput, ErrNoLift or ErrUnavailable.
func (g *Gate) LockDown(ctx context.Context, c account.Caller, scope LockdownScope) error {
	now, err := g.now()
	if err != nil {
		return err
	}
	row := store.Lockdown{Account: c.Account, Maker: c.Account, Session: c.Session, Since: now}
	switch {
	case scope == LockHub && c.Operator:
		row.Account = store.WholeHub()
	case scope == LockHub:
		return ErrNotFound
	case scope != LockMine:
		return ErrInput
	}
	var ended []account.SessionID
	err = g.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		if err := g.mayLock(ctx, tx, c); err != nil {
			return err
		}
		if err := tx.PutLockdown(ctx, row); err != nil {
			return err
		}
		if scope == LockHub {
			ended, err = g.shutOut(ctx, tx, c, now)
		} else {
			ended, err = tx.EndOtherSessions(ctx, c.Account, c.Session)
		}
		if err != nil {
			return err
		}
		return g.enter(ctx, tx, c, journal.Entry{Kind: journal.Lockdown, Detail: map[string]any{"scope": scope}})
	})
	if err != nil {
		return g.answer(err)
	}
	g.cfg.Store.Scrub()
	g.cfg.Locked(ended)
	return nil
}

// shutOut ends all sessions but the caller's and tells each other account of it.
func (g *Gate) shutOut(ctx context.Context, tx *store.Tx, c account.Caller, now time.Time) (ids []account.SessionID, err error) {
	if err := tx.EndOldSessions(ctx, account.Alive(now)); err != nil { // those ended by themselves
		return nil, err
	}
	ended, err := tx.EndAllSessionsBut(ctx, c.Session)
	if err != nil {
		return nil, err
	}
	for _, e := range ended {
		ids = append(ids, e.ID)
	}
	return ids, g.cfg.Journal.LockedOut(ctx, tx, by(c, journal.Entry{}), ended)
}

// mayLock asks, within the transaction, that the session that is to go on lives,
// and that its account can lift from another one what it locks.
func (g *Gate) mayLock(ctx context.Context, tx *store.Tx, c account.Caller) error {
	if err := g.cfg.Vault.Stands(ctx, tx.View, c.Proof(), nil); err != nil {
		return err
	}
	a, err := tx.Account(ctx, c.Account)
	if err != nil || !a.Recovery.IsZero() {
		return err
	}
	factor, err := tx.TOTP(ctx, c.Account)
	if errors.Is(err, store.ErrNoRow) || err == nil && factor.Confirmed.IsZero() {
		return ErrNoLift
	}
	return err
}

// Lift opens again what a lockdown closed: the caller's own doors, and those of
// the hub for who runs it; "" is both. It returns ErrNotFound, ErrInput or
// ErrUnavailable.
func (g *Gate) Lift(ctx context.Context, c account.Caller, scope LockdownScope) error {
	var which []store.AccountID
	if scope == LockMine || scope == "" {
		which = append(which, c.Account)
	}
	if c.Operator && (scope == LockHub || scope == "") {
		which = append(which, store.WholeHub())
	}
	if len(which) == 0 {
		return ErrInput
	}
	err := g.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		if err := g.cfg.Vault.Stands(ctx, tx.View, c.Proof(), nil); err != nil {
			return err
		}
		for _, id := range which {
			if err := g.lift(ctx, tx, c, id); err != nil {
				return err
			}
		}
		return nil
	})
	return g.answer(err)
}

// lift lifts one, if it is there.
func (g *Gate) lift(ctx context.Context, tx *store.Tx, c account.Caller, of store.AccountID) error {
	lifted, err := tx.RemoveLockdown(ctx, of)
	for _, l := range lifted {
		scope := LockMine
		if l.Account == store.WholeHub() {
			scope = LockHub
		}
		e := by(c, journal.Entry{Kind: journal.Lifted, Detail: map[string]any{"scope": scope}})
		err = errors.Join(err, g.cfg.Journal.Due(ctx, tx, e), g.cfg.Journal.LetIn(ctx, tx, by(c, journal.Entry{}), l))
	}
	return err
}

// Lockdown says what is closed for the caller now.
func (g *Gate) Lockdown(ctx context.Context, c account.Caller) (l Lockdown, err error) {
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	rows, err := g.cfg.Store.Lockdowns(ctx, c.Account)
	for _, r := range rows {
		if r.Account == store.WholeHub() {
			l.Hub = true
		} else {
			l.Mine = true
		}
		if l.Since.IsZero() || r.Since.Before(l.Since) {
			l.Since = r.Since
		}
	}
	l.Lifter = len(rows) > 0 && (!l.Hub || c.Operator)
	return l, g.answer(err)
}
