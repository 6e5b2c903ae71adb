//go:build !nolock2

package vault

import (
	"context"

	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/hub/store"
)

// The proof has a build without lock 2 (-tags nolock2), to see that lock 1 alone
// holds.
const lock2 = true

// newKey draws one of the key pairs of a camera's epoch.
func newKey(media.CameraID, seal.Part, uint32) (seal.PrivateKey, error) { return seal.GenerateKey() }

// commonKey is nobody's: there is none in this build.
func (a *OpenedAccount) commonKey(context.Context, store.View, media.CameraID, seal.Part, media.KeyID) (seal.PrivateKey, *record, error) {
	return seal.PrivateKey{}, nil, ErrNoKey
}
