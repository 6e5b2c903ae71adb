package account

import (
	"context"
	"errors"

	"lares/hub/journal"
	"lares/hub/store"
)

// List lists all accounts, oldest first: for the console.
func (s *Service) List(ctx context.Context) ([]store.Account, error) {
	list, err := s.cfg.Store.Accounts(ctx)
	return list, s.doubt(err)
}

// Renew gives an account a new password when password and recovery code are
// lost: for the console, where nobody proves who they are. The account gets new
// keys, which open nothing that was recorded before; its cameras, and it says
// how many, record for them from its first sign-in on. Its sessions, tokens,
// links and second factor end, and what it locked down opens. It returns
// ErrCredentials for a name that there is not, ErrPassword or ErrUnavailable.
func (s *Service) Renew(ctx context.Context, name, password string) (a store.Account, cameras int, err error) {
	a, err = s.find(ctx, name)
	if errors.Is(err, store.ErrNoRow) {
		return a, 0, ErrCredentials
	}
	if err != nil {
		return a, 0, s.doubt(err)
	}
	if err := checkPassword(a.Name, password); err != nil {
		return a, 0, err
	}
	made, err := s.cfg.Vault.Renew(ctx, a, password)
	if err != nil {
		return a, 0, s.doubt(err)
	}
	err = s.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		if cameras, err = s.cfg.Vault.PutRenewed(ctx, tx, made); err != nil {
			return err
		}
		if err := s.unlock(ctx, tx, a.ID); err != nil {
			return err
		}
		if err := tx.TellSharers(ctx, a.ID, string(journal.NoticeRecovered), s.cfg.Clock.Now(), a.ID); err != nil {
			return err
		}
		return s.cfg.Journal.Due(ctx, tx, journal.Entry{Kind: journal.Recovered, Via: journal.ViaConsole, Other: a.ID, Count: int64(cameras)})
	})
	s.cfg.Store.Scrub()
	if err != nil {
		return a, 0, s.doubt(err)
	}
	return a, cameras, nil
}
