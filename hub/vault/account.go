package vault

import (
	"context"
	"crypto/rand"

	"lares/cameras/seal"
	"lares/hub/store"
)

// NewAccount is an account about to be stored.
type NewAccount struct {
	Opened  *OpenedAccount
	account store.Account
	wrap    store.Wrap
}

// NewAccount draws an account's secret and wraps it with the password, which
// takes a moment: do it outside a transaction.
func (v *Vault) NewAccount(ctx context.Context, a store.Account, password string) (NewAccount, error) {
	secret := make([]byte, seal.KeySize)
	rand.Read(secret)
	a.ID, a.Version, a.Created = store.NewAccountID(), 1, v.cfg.Clock.Now()
	opened, err := v.opened(v.key.hub, a.ID, a.Version, secret)
	if err != nil {
		return NewAccount{}, err
	}
	w, err := opened.NewPassword(ctx, password)
	if err != nil {
		return NewAccount{}, err
	}
	return NewAccount{Opened: opened, account: a, wrap: w}, nil
}

// Account is the account's row.
func (n NewAccount) Account() store.Account { return n.account }

// AddAccount stores a new account; with first, only if there is none yet
// (store.ErrTaken).
func (v *Vault) AddAccount(ctx context.Context, tx *store.Tx, n NewAccount, first bool) error {
	add, p := tx.AddAccount, n.Opened.principal()
	if first {
		add = tx.AddFirstAccount
	}
	if err := add(ctx, n.account, p); err != nil {
		return err
	}
	if err := tx.AddWrap(ctx, n.wrap); err != nil {
		return err
	}
	v.keep(tx, accountEntry(n.account, p), passwordEntry(n.wrap))
	return nil
}

// KeepAccount writes an account whose row changed to the keyrings.
func (v *Vault) KeepAccount(ctx context.Context, tx *store.Tx, id store.AccountID) error {
	a, err := tx.Account(ctx, id)
	if err != nil {
		return err
	}
	p, err := v.checked(tx.NewestPrincipal(ctx, id))
	if err != nil {
		return err
	}
	v.keep(tx, accountEntry(a, p))
	return nil
}
