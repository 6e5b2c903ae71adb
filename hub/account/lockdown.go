package account

import (
	"context"

	"lares/hub/vault"
)

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
