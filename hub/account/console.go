package account

import (
	"context"
	"errors"
	"fmt"

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
// ErrCredentials for a name that there is not, ErrPassword, ErrUnavailable, or
// ErrNotNoted when all of it is done.
func (s *Service) Renew(ctx context.Context, name, password string) (a store.Account, cameras int, err error) {
	a, err = s.cfg.Store.AccountByName(ctx, nameKey(name))
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
	var lifted []journal.Entry
	err = s.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		if cameras, err = s.cfg.Vault.PutRenewed(ctx, tx, made); err != nil {
			return err
		}
		if lifted, err = unlock(ctx, tx, a.ID); err != nil {
			return err
		}
		return tx.TellSharers(ctx, a.ID, string(journal.NoticeRecovered), s.cfg.Clock.Now(), a.ID)
	})
	s.cfg.Store.Scrub()
	if err != nil {
		return a, 0, s.doubt(err)
	}
	for _, e := range lifted {
		s.cfg.Journal.Add(e)
	}
	err = s.cfg.Journal.Put(ctx, journal.Entry{Kind: journal.Recovered, Via: journal.ViaConsole, Other: a.ID, Count: int64(cameras)})
	if err != nil {
		return a, cameras, fmt.Errorf("%w: %w", ErrNotNoted, err)
	}
	return a, cameras, nil
}
