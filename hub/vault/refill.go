package vault

import (
	"context"
	"errors"

	"lares/hub/store"
)

// refill writes all that the database has to the keyrings.
func (v *Vault) refill(ctx context.Context, tx *store.Tx) error {
	accounts, err1 := tx.Accounts(ctx)
	keys, err2 := tx.AccountKeys(ctx)
	wraps, err3 := tx.LastingWraps(ctx)
	epochs, err4 := tx.AllEpochs(ctx)
	held, err5 := tx.AllEpochWraps(ctx)
	if err := errors.Join(err1, err2, err3, err4, err5); err != nil {
		return err
	}
	for _, a := range accounts {
		for _, p := range keys {
			if p.ID == a.ID {
				v.keep(tx, accountEntry(a, p))
			}
		}
	}
	for _, w := range wraps {
		v.keep(tx, wrapEntry(w))
	}
	for _, e := range epochs {
		v.keep(tx, epochEntry(e))
	}
	for _, w := range held {
		v.keep(tx, epochWrapEntry(w))
	}
	cameras, err := tx.AllCameras(ctx)
	if err != nil {
		return err
	}
	for _, c := range cameras {
		grants, err := tx.Grants(ctx, c.ID)
		if err != nil {
			return err
		}
		for _, g := range grants {
			v.keep(tx, grantEntry(g))
		}
	}
	return nil
}
