package account

import (
	"context"
	"errors"
	"sync"
	"time"

	"lares/hub/journal"
	"lares/hub/store"
)

// reopenLife is how long an account that the console opened again stays open
// whatever codes are tried: time to walk from the console to a browser. A code
// has 147 bits, and each source is still throttled.
const reopenLife = time.Hour

// reopenings are the accounts that the console opened again lately.
type reopenings struct {
	mu    sync.Mutex // guards until
	until map[ID]time.Time
}

func (r *reopenings) add(id ID, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.until[id] = now.Add(reopenLife)
}

func (r *reopenings) lately(id ID, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	until, ok := r.until[id]
	if ok && !now.Before(until) {
		delete(r.until, id)
	}
	return ok && now.Before(until)
}

// Reopen lets somebody who keeps the password or the recovery code in again: it
// takes back ten wrong recovery codes, switches the second factor off, and lifts
// what the account locked down. For
// reopenLife after that wrong codes close nothing, so that nobody elsewhere can
// keep the person out by going on. It returns ErrNotFound or ErrUnavailable. Only
// the console of the hub may ask for it.
func (s *Service) Reopen(ctx context.Context, name string) error {
	a, err := s.cfg.Store.AccountByName(ctx, bounded(nameKey(name)))
	if errors.Is(err, store.ErrNoRow) {
		return ErrNotFound
	}
	if err != nil {
		return s.doubt(err)
	}
	err = s.cfg.Store.Update(ctx, func(tx *store.Tx) (err error) {
		if _, err := tx.RemoveTOTP(ctx, a.ID); err != nil {
			return err
		}
		if err := s.unlock(ctx, tx, a.ID); err != nil {
			return err
		}
		if err := tx.ForgetTries(ctx, a.ID); err != nil {
			return err
		}
		return s.cfg.Journal.Due(ctx, tx, journal.Entry{Kind: journal.TOTP, Account: a.ID, Via: journal.ViaConsole, Detail: map[string]any{"on": false}})
	})
	if err != nil {
		return s.doubt(err)
	}
	s.reopened.add(a.ID, s.cfg.Clock.Now())
	return nil
}
