package account

import (
	"context"
	"errors"

	"lares/hub/journal"
	"lares/hub/store"
	"lares/hub/vault"
)

// Resident is one account in the list of people.
type Resident = store.Resident

// Residents lists the accounts of the hub, by name. What an operator may know
// beyond names is for the caller of this to leave out.
func (s *Service) Residents(ctx context.Context) ([]Resident, error) {
	list, err := s.cfg.Store.Residents(ctx)
	return list, s.doubt(err)
}

// Account is what the account itself is told about it.
func (s *Service) Account(ctx context.Context, c Caller) (store.Account, error) {
	a, err := s.cfg.Store.Account(ctx, c.Account)
	if err == nil && a.ID != c.Account {
		s.cfg.Vault.Refusals().Note(vault.Crossing{Site: "account", Account: c.Account, Owner: a.ID})
		return store.Account{}, ErrUnavailable
	}
	return a, s.doubt(err)
}

// SetOperator makes an account an operator or none. The caller is one. It
// returns ErrNotFound, ErrLastOperator or ErrUnavailable.
func (s *Service) SetOperator(ctx context.Context, c Caller, id ID, operator bool) error {
	err := s.rule(ctx, c, func(tx *store.Tx) error {
		if other, err := tx.OtherOperator(ctx, id); err != nil {
			return err
		} else if !other && !operator {
			return ErrLastOperator
		}
		if err := tx.SetOperator(ctx, id, operator); err != nil {
			return err
		}
		if err := s.cfg.Vault.KeepAccount(ctx, tx, id); err != nil {
			return err
		}
		e := c.Entry(journal.Operator)
		e.Other, e.Detail = id, map[string]any{"operator": operator}
		return s.cfg.Journal.Due(ctx, tx, e)
	})
	switch {
	case errors.Is(err, store.ErrNoRow), errors.Is(err, vault.ErrNoKey), errors.Is(err, ErrNotFound):
		return ErrNotFound
	case errors.Is(err, ErrLastOperator):
		return ErrLastOperator
	case err != nil:
		return s.doubt(err)
	}
	return nil
}
