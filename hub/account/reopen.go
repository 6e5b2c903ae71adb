package account

import (
	"context"
	"errors"

	"lares/hub/journal"
	"lares/hub/store"
)

// Reopen lets somebody who keeps the password or the recovery code in again: it
// takes back wrong recovery codes, switches the second factor off, and lifts what the
// account locked down. It returns ErrNotFound or ErrUnavailable. Only the console of
// the hub may ask for it.
func (s *Service) Reopen(ctx context.Context, name string) error {
	a, err := s.find(ctx, name)
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
	s.recoveries.forgive(tried(a.Name))
	return nil
}
