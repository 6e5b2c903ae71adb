package account

import (
	"context"
	"errors"

	"lares/hub/journal"
	"lares/hub/store"
	"lares/hub/vault"
)

// unlock lifts, for the console of the hub, what an account locked down: its own
// doors and, if it made that lockdown, the hub's. Whoever stands at the console
// need not prove more; the account may have nothing left to prove it with.
func (s *Service) unlock(ctx context.Context, tx *store.Tx, id ID) error {
	lifted, err := tx.RemoveLockdownsBy(ctx, id)
	for _, l := range lifted {
		scope := "mine"
		if l.Account == store.WholeHub() {
			scope = "hub"
		}
		e := journal.Entry{Kind: journal.Lifted, Via: journal.ViaConsole, Other: id, Detail: map[string]any{"scope": scope}}
		err = errors.Join(err, s.cfg.Journal.Due(ctx, tx, e), s.cfg.Journal.LetIn(ctx, tx, journal.Entry{Via: journal.ViaConsole}, l))
	}
	return err
}

// ProveOwner asks a session that a lockdown leaves outside for more than the
// password, which whoever the lockdown is against may know: the second factor,
// or the recovery code of an account without one. It returns ErrCredentials,
// ErrSecondFactor, ErrSecondFactorWrong, ErrRecoveryCode, ErrThrottled or
// ErrUnavailable.
func (s *Service) ProveOwner(ctx context.Context, v Visit, c Caller, password, recovery string) error {
	opened, _, err := s.again(ctx, v.Source, c, password, &v.Code)
	if err != nil {
		return err
	}
	if factor, err := s.SecondFactor(ctx, c.Account); err != nil || factor {
		return err
	}
	if recovery == "" {
		return ErrRecoveryCode
	}
	a, err := s.cfg.Store.Account(ctx, c.Account)
	if err != nil {
		return s.doubt(err)
	}
	kept, _, err := s.openRecovery(ctx, v, a.NameKey, recovery)
	if err != nil {
		return err
	}
	if kept.ID() != opened.ID() {
		s.cfg.Vault.Refusals().Note(vault.Crossing{Site: "recovery", Owner: c.Account})
		return ErrUnavailable
	}
	return nil
}
