package vault

import (
	"context"
	"errors"

	"lares/cameras/seal"
	"lares/hub/store"
)

// recoverySecret is what a recovery wrap is made of. The code has 128 bits and
// more: it needs no slow hash.
func recoverySecret(code string) []byte {
	return seal.Derive([]byte(code), seal.Bind("lares recovery code v1"))
}

// NewRecovery wraps the account's secret with a recovery code, spelled as it was
// drawn. The caller stores it.
func (a *OpenedAccount) NewRecovery(code string) store.Wrap {
	w := store.Wrap{
		ID: store.NewWrapID(), Account: a.id, Version: a.version, Kind: store.WrapRecovery, Salt: seal.NewSalt(),
		Created: a.vault.cfg.Clock.Now(),
	}
	w.Sealed = seal.Wrap(recoverySecret(code), w.Salt, wrapBinding(a.hub, w), a.secret)
	return w
}

// OpenRecovery opens an account with its recovery code; seal.ErrOpen for a wrong
// one, and where there is none.
func (v *Vault) OpenRecovery(ctx context.Context, id store.AccountID, code string) (*OpenedAccount, store.Wrap, error) {
	w, err := v.cfg.Store.RecoveryWrap(ctx, id)
	if errors.Is(err, store.ErrNoRow) {
		return nil, w, seal.ErrOpen
	}
	if err != nil {
		return nil, w, err
	}
	if w.Account != id || w.Kind != store.WrapRecovery {
		return nil, w, v.crossedAccount("account wrap", id)
	}
	a, err := v.unwrap(ctx, w, recoverySecret(code))
	return a, w, err
}

// PutRecovery stores a recovery wrap in the place of any other one.
func (v *Vault) PutRecovery(ctx context.Context, tx *store.Tx, w store.Wrap) error {
	if err := tx.RemoveRecovery(ctx, w.Account); err != nil {
		return err
	}
	if err := tx.AddWrap(ctx, w); err != nil {
		return err
	}
	v.keep(tx, recoveryEntry(w))
	return nil
}
