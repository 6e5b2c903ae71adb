package vault

import (
	"context"
	"errors"

	"lares/cameras/media"
	"lares/hub/store"
)

// refill writes all that the database has to the keyrings. Behind is what a
// keyring has that lacks its end: cameras in it that the database does not have
// were taken away, as the end said.
func (v *Vault) refill(ctx context.Context, tx *store.Tx, behind []placed) error {
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
	v.refillGone(tx, cameras, behind)
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

// refillGone writes which cameras are out of use.
func (v *Vault) refillGone(tx *store.Tx, cameras []store.Camera, behind []placed) {
	done := map[media.CameraID]bool{}
	for _, c := range cameras {
		done[c.ID] = true
		switch {
		case !c.Removed.IsZero():
			v.Removed(tx, c.ID)
		case !c.Retired.IsZero():
			v.HandedOver(tx, HandedOver{Camera: c.ID, At: c.Retired})
		}
	}
	for _, e := range behind {
		if id, ok := cameraOf(e.entry); ok && !done[id] {
			done[id] = true
			v.Removed(tx, id)
		}
	}
}
