package vault

import (
	"context"
	"errors"

	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/hub/store"
)

// handoverLabel is the signature context in which one version of an account
// vouches for the next.
const handoverLabel = "lares principal handover v1"

// ErrKeysChanged says that an account has other keys than the owner of the
// camera once shared it with: the owner confirms them first.
var ErrKeysChanged = errors.New("vault: the keys of a member changed")

// handOver is the signature of this version under the keys of the next one:
// store.Principal.Handover of that row.
func (a *OpenedAccount) handOver(next store.Principal) []byte {
	return seal.Sign(a.signKey(), handoverLabel, a.vault.principalBytes(next))
}

// standing compares the keys that a record of a camera names with the newest row of the same
// principal. It returns nil if they are the same and ErrKeysChanged for a later
// version: one that the version before vouches for, or one without any such
// word, which a recovery on the console makes. Neither gets a key before the
// owner has confirmed it. All else is seal.ErrCrossed.
func (v *Vault) standing(ctx context.Context, rows store.View, camera media.CameraID, named principal, newest store.Principal) error {
	if newest.ID != named.id {
		return v.crossedCamera("principal row", camera)
	}
	if v.fingerprint(newest) == named.fingerprint {
		return nil
	}
	if newest.Version <= named.version || newest.Kind != store.KindAccount {
		return v.crossedCamera("fingerprint", camera)
	}
	before, err := v.checked(rows.Principal(ctx, named.id, named.version))
	if err != nil && !errors.Is(err, store.ErrNoRow) {
		return err
	}
	if err != nil || v.fingerprint(before) != named.fingerprint {
		return v.crossedCamera("fingerprint", camera)
	}
	for before.Version < newest.Version {
		next, err := v.checked(rows.Principal(ctx, named.id, before.Version+1))
		if err != nil && !errors.Is(err, store.ErrNoRow) {
			return err
		}
		if err != nil || next.ID != named.id || next.Version != before.Version+1 ||
			next.Handover != nil && !seal.Verify(before.SignPublic, handoverLabel, v.principalBytes(next), next.Handover) {
			return v.crossedCamera("handover", camera)
		}
		before = next
	}
	return ErrKeysChanged
}
