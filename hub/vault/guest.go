package vault

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"time"

	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/hub/store"
)

// A guest link is 256 random bits that wrap the key of one clip. Who has them
// gets a cookie of 256 other bits, under which the key is wrapped again for an
// hour at most. Like a session's token, each secret is used under a label of
// its own for every purpose.

// GuestSecretHash is what the database keeps of a link's secret.
func GuestSecretHash(secret [seal.KeySize]byte) []byte {
	sum := sha256.Sum256(seal.Bind("lares guest link v1", secret[:]))
	return sum[:]
}

// GuestTokenHash is what the database keeps of a guest's cookie.
func GuestTokenHash(token [seal.KeySize]byte) []byte {
	sum := sha256.Sum256(seal.Bind("lares guest token v1", token[:]))
	return sum[:]
}

// GuestScope is the random part of a guest's URLs.
func GuestScope(token [seal.KeySize]byte) [16]byte {
	return [16]byte(seal.Derive(token[:], seal.Bind("lares guest scope v1")))
}

func (v *Vault) linkBinding(l store.GuestLink) []byte {
	return seal.Bind("lares guest link key v1", v.key.hub[:], l.ID[:], l.Camera[:], l.Clip[:])
}

func linkWrapSecret(secret [seal.KeySize]byte) []byte {
	return seal.Derive(secret[:], seal.Bind("lares guest link wrap v1"))
}

func (v *Vault) guestBinding(id store.GuestID, link store.GuestLinkID, camera media.CameraID, clip media.ClipID) []byte {
	return seal.Bind("lares guest key v1", v.key.hub[:], id[:], link[:], camera[:], clip[:])
}

func guestWrapSecret(token [seal.KeySize]byte) []byte {
	return seal.Derive(token[:], seal.Bind("lares guest wrap v1"))
}

// NewGuestLink draws a link's secret and wraps the clip key with it. The caller
// fills in the other columns of l before, and stores the row. The secret is for
// the link alone.
func (v *Vault) NewGuestLink(l store.GuestLink, clipKey [seal.KeySize]byte) (store.GuestLink, [seal.KeySize]byte) {
	var secret [seal.KeySize]byte
	rand.Read(secret[:])
	l.ID, l.Created, l.SecretHash, l.Salt = store.NewGuestLinkID(), v.cfg.Clock.Now(), GuestSecretHash(secret), seal.NewSalt()
	l.Sealed = seal.Wrap(linkWrapSecret(secret), l.Salt, v.linkBinding(l), clipKey[:])
	return l, secret
}

// NewGuest is a guest about to be stored. Token is for its browser alone.
type NewGuest struct {
	Token [seal.KeySize]byte
	Guest store.Guest
}

// NewGuest opens a link's wrap with its secret and wraps the clip key again,
// with a cookie that lives until expires. A row that is not the secret's, or a
// wrap that does not open with it, is refused and counted.
func (v *Vault) NewGuest(l store.GuestLink, secret [seal.KeySize]byte, expires time.Time) (NewGuest, error) {
	var n NewGuest
	if subtle.ConstantTimeCompare(l.SecretHash, GuestSecretHash(secret)) != 1 {
		return n, v.crossedCamera("guest link", l.Camera)
	}
	key, err := seal.Unwrap(linkWrapSecret(secret), l.Salt, v.linkBinding(l), l.Sealed)
	if err != nil {
		return n, v.crossedCamera("guest link", l.Camera)
	}
	rand.Read(n.Token[:])
	n.Guest = store.Guest{
		ID: store.NewGuestID(), Link: l.ID, TokenHash: GuestTokenHash(n.Token), ScopeHash: ScopeHash(GuestScope(n.Token)),
		Salt: seal.NewSalt(), Created: v.cfg.Clock.Now(), Expires: expires,
		Maker: l.Account, Camera: l.Camera, Clip: l.Clip, Label: l.Label,
	}
	n.Guest.Sealed = seal.Wrap(guestWrapSecret(n.Token), n.Guest.Salt, v.guestBinding(n.Guest.ID, l.ID, l.Camera, l.Clip), key)
	return n, nil
}

// NewGuestProof is the proof of a guest whose cookie was just looked up.
func NewGuestProof(id store.GuestID, token [seal.KeySize]byte) Proof {
	return Proof{guest: id, token: &secretToken{&token}}
}

// ClipKey opens the key of a clip: with the own store key of the account or
// token, or with a guest's own wrap, which is of one clip only. Errors are those
// of OpenedAccount.ClipKey.
func (v *Vault) ClipKey(ctx context.Context, p Proof, camera media.CameraID, clip media.ClipID, kid media.KeyID, sealed []byte) (key [seal.KeySize]byte, err error) {
	if !p.guest.IsZero() && p.token != nil {
		return v.guestKey(ctx, p, camera, clip)
	}
	a, err := v.Unlock(ctx, p)
	if err != nil {
		return key, err
	}
	return a.ClipKey(ctx, camera, clip, kid, sealed)
}

func (v *Vault) guestKey(ctx context.Context, p Proof, camera media.CameraID, clip media.ClipID) (key [seal.KeySize]byte, err error) {
	if err := openable(ctx, v.cfg.Store.View); err != nil {
		return key, err
	}
	row, err := v.cfg.Store.Guest(ctx, p.guest)
	if errors.Is(err, store.ErrNoRow) {
		return key, ErrNoKey
	}
	if err != nil {
		return key, err
	}
	if row.ID != p.guest || row.Camera != camera || row.Clip != clip {
		return key, v.crossedCamera("guest key", camera)
	}
	plain, err := seal.Unwrap(guestWrapSecret(*p.token.bytes), row.Salt, v.guestBinding(row.ID, row.Link, camera, clip), row.Sealed)
	if err != nil || len(plain) != seal.KeySize {
		return key, v.crossedCamera("guest key", camera)
	}
	return [seal.KeySize]byte(plain), nil
}
