package vault

import (
	"context"
	"crypto/rand"
	"errors"

	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/hub/store"
)

// Next draws another secret for the account, and so other keys: the version
// after the newest. Nothing is stored yet; NewPassword, NewRecovery and
// NewSession of it make its wraps.
func (v *Vault) Next(ctx context.Context, id store.AccountID) (*OpenedAccount, error) {
	newest, err := v.checked(v.cfg.Store.NewestPrincipal(ctx, id))
	if err != nil {
		return nil, err
	}
	if newest.ID != id {
		return nil, v.crossedAccount("principal row", id)
	}
	secret := make([]byte, seal.KeySize)
	rand.Read(secret)
	return v.opened(v.key.hub, id, newest.Version+1, secret)
}

// Rotate puts the next keys of an account in the place of the old ones: the old
// sign the new, every epoch key that the old open is sealed to the new, and so
// is the second factor. All wraps of the old secret go, those of sessions with
// it; the caller stores new ones, and new epochs of the account's own cameras,
// in the same transaction.
func (v *Vault) Rotate(ctx context.Context, tx *store.Tx, old, next *OpenedAccount) error {
	if old.id != next.id || next.version <= old.version {
		return v.crossedAccount("account key", old.id)
	}
	p := next.principal()
	p.Handover = old.handOver(p)
	wraps, err := old.passOn(ctx, tx, p)
	if err != nil {
		return err
	}
	if err := v.replaceKeys(ctx, tx, p, wraps); err != nil {
		return err
	}
	f, err := tx.TOTP(ctx, old.id)
	if errors.Is(err, store.ErrNoRow) {
		return nil
	}
	if err != nil {
		return err
	}
	secret, err := old.OpenTOTP(f)
	if err != nil {
		return err
	}
	again := next.SealTOTP(secret)
	again.LastStep, again.Created, again.Confirmed = f.LastStep, f.Created, f.Confirmed
	return tx.PutTOTP(ctx, again)
}

// passOn seals every epoch key that the account holds, of its own cameras and of
// those shared with it, to its next keys. A wrap that is not what it says is
// counted and left out: it opens nothing.
func (a *OpenedAccount) passOn(ctx context.Context, tx *store.Tx, to store.Principal) (wraps []store.EpochWrap, err error) {
	held, err := tx.PrincipalWraps(ctx, a.id)
	if err != nil {
		return nil, err
	}
	for _, w := range held {
		key, r, err := a.epochKey(ctx, tx.View, w.Camera, w.Part, w.KID)
		if errors.Is(err, seal.ErrCrossed) || errors.Is(err, store.ErrNoRow) { // forged, or of a camera that is being removed
			continue
		}
		if err != nil {
			return nil, err
		}
		if wraps, err = wrapEpochKey(wraps, r.hub, w.Camera, w.Part, key, to); err != nil {
			return nil, err
		}
	}
	return wraps, nil
}

func (v *Vault) replaceKeys(ctx context.Context, tx *store.Tx, p store.Principal, wraps []store.EpochWrap) error {
	if err := tx.AddPrincipal(ctx, p); err != nil {
		return err
	}
	if err := tx.SetVersion(ctx, p.ID, p.Version); err != nil {
		return err
	}
	if err := errors.Join(tx.RemoveWraps(ctx, p.ID), tx.RemovePrincipalWraps(ctx, p.ID)); err != nil {
		return err
	}
	if err := v.unconfirm(ctx, tx, p.ID); err != nil {
		return err
	}
	a, err := tx.Account(ctx, p.ID)
	if err != nil {
		return err
	}
	entries := []entry{accountEntry(a, p)}
	for _, w := range wraps {
		entries = append(entries, epochWrapEntry(w))
	}
	v.keep(tx, entries...)
	return tx.AddEpochWraps(ctx, wraps)
}

// unconfirm leaves everything that is shared with an account to the confirmation
// of its owners, who are told.
func (v *Vault) unconfirm(ctx context.Context, tx *store.Tx, id store.AccountID) error {
	shared, err := tx.GrantsTo(ctx, id)
	if err != nil {
		return err
	}
	for _, g := range shared {
		if err := tx.Unconfirm(ctx, g.Camera, id, v.cfg.Clock.Now()); err != nil {
			return err
		}
	}
	return nil
}

// Signs reports whether the camera's newest record is signed with the owner's
// keys of now, or stands on one that is.
func (v *Vault) Signs(ctx context.Context, rows store.View, owner *OpenedAccount, camera media.CameraID) (bool, error) {
	_, r, err := v.newest(ctx, rows, camera)
	if err != nil {
		return false, err
	}
	return r.owner == owner.id && r.ownerVersion == owner.version, nil
}
