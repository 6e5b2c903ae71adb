package journal

import (
	"context"
	"errors"

	"lares/hub/store"
)

// LockedOut tells each account that a lockdown of the whole hub shuts out, in the
// transaction that begins it: by whom, and how many of its login sessions ended. Each
// row is shown to that account alone, so that nobody learns of others. by lacks the
// kind; ended are the sessions of all.
func (j *Journal) LockedOut(ctx context.Context, tx *store.Tx, by Entry, ended []store.EndedSession) error {
	count := map[store.AccountID]int64{}
	for _, e := range ended {
		count[e.Account]++
	}
	by.Kind = LockedOut
	return j.forAll(ctx, tx, by.Account, func(id store.AccountID) error {
		e := by
		e.Other, e.Count = id, count[id]
		return j.Due(ctx, tx, e)
	})
}

// LetIn tells them, in the transaction that lifts it, from when to when that was, and
// who had begun it: in the journal and on their pages, for meanwhile they could read
// neither. by lacks the kind; any other lockdown tells nobody.
func (j *Journal) LetIn(ctx context.Context, tx *store.Tx, by Entry, l store.Lockdown) error {
	if j == nil || l.Account != store.WholeHub() {
		return nil
	}
	by.Kind, by.At = LetIn, j.cfg.Clock.Now()
	by.Span = max(0, by.At.Sub(l.Since))
	var maker store.Account // who it did not shut out; nobody who left since
	if !l.Session.IsZero() {
		var err error
		if maker, err = tx.Account(ctx, l.Maker); err != nil {
			return err
		}
	}
	return j.forAll(ctx, tx, maker.ID, func(id store.AccountID) error {
		e := by
		e.Other = id
		if err := j.Due(ctx, tx, e); err != nil {
			return err
		}
		n := Notice{Account: id, At: by.At, Kind: NoticeLockedOut, Detail: map[string]any{"span_ms": by.Span.Milliseconds(), "count": int64(1)}}
		if !maker.ID.IsZero() {
			n.Detail["account"], n.Detail["name"] = maker.ID.String(), maker.Name
		}
		return tell(ctx, tx, n)
	})
}

// forAll calls f for each account but one.
func (j *Journal) forAll(ctx context.Context, tx *store.Tx, but store.AccountID, f func(store.AccountID) error) error {
	if j == nil {
		return nil
	}
	people, err := tx.People(ctx)
	if err != nil {
		return err
	}
	for _, id := range people {
		if _, err := tx.Account(ctx, id); errors.Is(err, store.ErrNoRow) || id == but {
			continue // one that waits for its recordings to be erased
		} else if err != nil {
			return err
		}
		if err := f(id); err != nil {
			return err
		}
	}
	return nil
}
