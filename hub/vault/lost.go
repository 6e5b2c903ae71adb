package vault

import (
	"context"
	"crypto/rand"
	"fmt"

	"lares/cameras/seal"
	"lares/hub/store"
)

// OpenedRenewal is an account that gets a secret anew, because password and
// recovery code are lost.
type OpenedRenewal struct {
	account store.Account
	opened  *OpenedAccount
	wrap    store.Wrap
}

// Renew draws a new secret for an account and wraps it with a password, which
// takes a moment: do it outside a transaction. Nobody who held the old secret
// signs it over: it opens no epoch of before.
func (v *Vault) Renew(ctx context.Context, a store.Account, password string) (OpenedRenewal, error) {
	secret := make([]byte, seal.KeySize)
	rand.Read(secret)
	a.Version++
	opened, err := v.opened(v.key.hub, a.ID, a.Version, secret)
	if err != nil {
		return OpenedRenewal{}, err
	}
	wrap, err := opened.NewPassword(ctx, password)
	return OpenedRenewal{a, opened, wrap}, err
}

// PutRenewed stores the new secret's keys: the old password, recovery code,
// second factor, sessions, tokens and epoch wraps go. The cameras that the
// account owns wait with their epochs until it signs in, for by then everybody
// concerned has been told; it returns how many. What the hub alone signs
// meanwhile leaves the account out: see NewEpoch.
func (v *Vault) PutRenewed(ctx context.Context, tx *store.Tx, r OpenedRenewal) (cameras int, err error) {
	if now, err := tx.Account(ctx, r.account.ID); err != nil || now.Version+1 != r.account.Version {
		return 0, fmt.Errorf("vault: an account that was changed meanwhile: %w", store.ErrNoRow)
	}
	p := r.opened.principal()
	if err := tx.ForgetSecret(ctx, r.account.ID); err != nil {
		return 0, err
	}
	if err := tx.PutAccount(ctx, r.account); err != nil {
		return 0, err
	}
	if err := tx.PutPrincipal(ctx, p); err != nil {
		return 0, err
	}
	if err := tx.PutLastingWrap(ctx, r.wrap); err != nil {
		return 0, err
	}
	v.keep(tx, accountEntry(r.account, p), passwordEntry(r.wrap))
	if err := v.unconfirm(ctx, tx, r.account.ID); err != nil {
		return 0, err
	}
	own, err := tx.CamerasOf(ctx, r.account.ID)
	if err != nil {
		return 0, err
	}
	for _, c := range own {
		if c.Retired.IsZero() {
			cameras++
		}
	}
	return cameras, nil
}
