package vault

import (
	"context"
	"errors"
	"fmt"

	"lares/hub/store"
)

// Stands asks again, within the transaction that writes, what was asked before
// it: that the proof's login session lives and, unless opened is nil, that the
// secret it opened is its account's newest. A transaction waits for its turn: what
// waited behind other keys, another password, a lockdown or the end of its session
// writes nothing any more. It returns ErrNoKey.
func (v *Vault) Stands(ctx context.Context, rows store.View, p Proof, opened *OpenedAccount) error {
	_, err := rows.SessionWrap(ctx, p.session, p.account)
	if errors.Is(err, store.ErrNoRow) {
		return fmt.Errorf("vault: a session that ended meanwhile: %w", ErrNoKey)
	}
	if err != nil || opened == nil {
		return err
	}
	return opened.isNewest(ctx, rows)
}

// isNewest returns ErrNoKey for a secret that another one took the place of.
func (a *OpenedAccount) isNewest(ctx context.Context, rows store.View) error {
	newest, err := a.vault.checked(rows.NewestPrincipal(ctx, a.id))
	if err != nil {
		return err
	}
	if newest.Version != a.version {
		return fmt.Errorf("vault: keys that were changed meanwhile: %w", ErrNoKey)
	}
	return nil
}
