package account

import (
	"context"
	"errors"

	"lares/hub/store"
	"lares/hub/vault"
)

// opens asks again, within the transaction, that a password wrap that was opened
// is the one of its account: hashing takes a moment, and another password or
// other keys may have come meanwhile. It returns ErrCredentials.
func opens(ctx context.Context, tx *store.Tx, was store.Wrap) error {
	now, err := tx.PasswordWrap(ctx, was.Account)
	if errors.Is(err, store.ErrNoRow) || err == nil && now.ID != was.ID {
		return ErrCredentials
	}
	return err
}

// inTime is doubt, but for what came too late: a session that ended, keys or a
// password that were changed meanwhile.
func (s *Service) inTime(err error) error {
	switch {
	case errors.Is(err, vault.ErrNoKey):
		return ErrNotFound
	case errors.Is(err, ErrCredentials):
		return ErrCredentials
	}
	return s.doubt(err)
}
