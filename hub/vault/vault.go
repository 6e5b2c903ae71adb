// Package vault keeps the keys.
package vault

import (
	"context"
	"crypto/ed25519"
	"time"

	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/hub/store"
	"lares/recorder"
)

// Proof is what one login session can open keys with. It is made by
// hub/account only, and prints as nothing.
type Proof struct {
	account store.AccountID
	session store.SessionID
	token   [32]byte
}

// Vault holds the hub's own keys and opens those of accounts, one request at a
// time. It implements recorder.Keys.
type Vault struct{}

// Hub is the hub's name.
func (v *Vault) Hub() media.HubID { return media.HubID{} }

// HubKey is the public half of the hub identity.
func (v *Vault) HubKey() ed25519.PublicKey { return nil }

// Sign signs with the hub identity: seal.Sign(identity, context, message).
func (v *Vault) Sign(context string, message []byte) []byte { return nil }

// NewRun draws a run key sealed to the camera's live key, after checking the
// newest epoch record.
func (v *Vault) NewRun(ctx context.Context, id media.CameraID) (seal.Run, seal.RunKey, error) {
	return seal.Run{}, seal.RunKey{}, nil
}

// StoreKey is the camera's store key and its kid, after checking the newest
// epoch record.
func (v *Vault) StoreKey(ctx context.Context, id media.CameraID) (seal.PublicKey, media.KeyID, error) {
	return seal.PublicKey{}, media.KeyID{}, nil
}

// SealEvent seals an event's text under the camera's index key of that day.
func (v *Vault) SealEvent(ctx context.Context, id media.CameraID, ev media.EventID, at time.Time, text []byte) (recorder.SealedText, error) {
	return recorder.SealedText{}, nil
}
