package account

import (
	"context"
	"errors"

	"lares/cameras/seal"
	"lares/hub/journal"
	"lares/hub/store"
	"lares/hub/vault"
)

// tried is what tries for a name are counted by: however it is spelled, and one that
// cannot exist takes little memory.
func tried(name string) string { return bounded(nameKey(bounded(name))) }

func bounded(name string) string { return name[:min(len(name), 4*maxName)] }

// open is the password check, in its turn of a lane and throttled by who asks for
// which account; then that of the second factor, unless code is nil.
func (s *Service) open(ctx context.Context, who asker, name, password string, code *string) (*vault.OpenedAccount, store.Wrap, error) {
	leave, err := s.enter(ctx, who.lane())
	if err != nil {
		return nil, store.Wrap{}, err
	}
	defer leave()
	tries := who.attempt(tried(name))
	if err := s.throttle.begin(tries); err != nil {
		return nil, store.Wrap{}, err
	}
	if len(password) > maxPassword {
		password = "" // no password is so long; it costs the same time
	}
	a, err := s.find(ctx, bounded(name))
	if errors.Is(err, store.ErrNoRow) {
		if err := s.cfg.Vault.WastePassword(ctx, password); err != nil {
			return nil, store.Wrap{}, s.doubt(err)
		}
		return nil, store.Wrap{}, ErrCredentials
	}
	if err != nil {
		return nil, store.Wrap{}, s.doubt(err)
	}
	opened, wrap, err := s.cfg.Vault.OpenPassword(ctx, a.ID, password)
	switch {
	case errors.Is(err, seal.ErrOpen):
		s.refused(who.source, a.ID)
		return nil, wrap, ErrCredentials
	case err != nil:
		return nil, wrap, s.doubt(err)
	}
	if code != nil {
		if err := s.factor(ctx, who, opened, *code); err != nil {
			if errors.Is(err, ErrSecondFactorWrong) {
				s.refused(who.source, a.ID)
			}
			return nil, wrap, err
		}
	}
	s.throttle.right(tries)
	return opened, wrap, nil
}

// enter waits for a turn of a lane: see lanes. It returns ErrThrottled or
// ErrUnavailable.
func (s *Service) enter(ctx context.Context, lane string) (leave func(), err error) {
	leave, err = s.lanes.enter(ctx, lane)
	if full, ok := errors.AsType[ErrThrottled](err); ok {
		return nil, full
	}
	return leave, s.doubt(err)
}

// refused notes a wrong password or code for the account it was tried on.
func (s *Service) refused(src Source, tried ID) {
	s.cfg.Journal.SignInRefused(tried, string(src))
}

// again opens the account of somebody who is signed in, with the password given
// again, and the second factor unless code is nil.
func (s *Service) again(ctx context.Context, src Source, c Caller, password string, code *string) (*vault.OpenedAccount, store.Wrap, error) {
	a, err := s.cfg.Store.Account(ctx, c.Account)
	if err != nil {
		return nil, store.Wrap{}, s.doubt(err)
	}
	opened, wrap, err := s.open(ctx, asker{source: src, session: c.Session}, a.NameKey, password, code)
	if err != nil {
		return nil, wrap, err
	}
	if opened.ID() != c.Account {
		s.cfg.Vault.Refusals().Note(vault.Crossing{Site: "password", Owner: c.Account})
		return nil, wrap, ErrUnavailable
	}
	return opened, wrap, nil
}

// ChangePassword wraps the account's secret under a new password and ends all
// other login sessions. It returns ErrCredentials, ErrSecondFactor,
// ErrSecondFactorWrong, ErrThrottled, ErrPassword, ErrNotFound or ErrUnavailable.
func (s *Service) ChangePassword(ctx context.Context, v Visit, c Caller, old, new string) error {
	if err := checkPassword(c.Name, new); err != nil {
		return err
	}
	opened, was, err := s.again(ctx, v.Source, c, old, &v.Code)
	if err != nil {
		return err
	}
	wrap, err := opened.NewPassword(ctx, new)
	if err != nil {
		return s.doubt(err)
	}
	var ended []SessionID
	err = s.cfg.Store.Update(ctx, func(tx *store.Tx) (err error) {
		if ended, err = tx.EndOtherSessions(ctx, c.Account, c.Session); err != nil {
			return err
		}
		if err := s.cfg.Vault.ReplacePassword(ctx, tx, was, wrap); err != nil {
			return err
		}
		return s.cfg.Vault.Stands(ctx, tx.View, c.Proof(), nil)
	})
	if errors.Is(err, store.ErrNoRow) {
		return ErrCredentials // somebody else changed it just now
	}
	if err == nil {
		s.cfg.Journal.Add(c.Entry(journal.Password))
	}
	if errors.Is(err, vault.ErrNoKey) {
		return ErrNotFound // the session ended just now
	}
	return s.ended(c, ended, err)
}
