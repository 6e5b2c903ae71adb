//go:build nolock2

package vault

import (
	"context"

	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/hub/store"
)

// This build has no lock 2: everybody knows every key.
const lock2 = false

// newKey makes a key pair that everybody can make.
func newKey(camera media.CameraID, part seal.Part, ordinal uint32) (seal.PrivateKey, error) {
	return seal.DeriveKey(seal.Derive(camera[:], seal.Bind("lares no lock 2", []byte(part), seal.U32(ordinal))))
}

// commonKey opens an epoch's key for whoever asks.
func (a *OpenedAccount) commonKey(ctx context.Context, rows store.View, camera media.CameraID, part seal.Part, kid media.KeyID) (none seal.PrivateKey, r *record, err error) {
	e, err := rows.EpochByKID(ctx, kid)
	if err != nil {
		return none, nil, err
	}
	if r, err = a.vault.verify(ctx, rows, e); err != nil {
		return none, nil, err
	}
	key, err := newKey(camera, part, r.ordinal)
	return key, r, err
}
