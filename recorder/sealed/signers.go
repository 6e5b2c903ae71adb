package sealed

import (
	"crypto/ed25519"
	"crypto/sha256"

	"lares/cameras/media"
)

// Signer is a hub whose files may be read.
type Signer struct {
	Hub media.HubID
	Key ed25519.PublicKey
}

// Signers are the hub itself, first, and what it was called before it was
// restored from a backup, newest first.
type Signers []Signer

// Key is the public key of a hub, nil if it is none of these.
func (s Signers) Key(hub media.HubID) ed25519.PublicKey {
	for _, one := range s {
		if one.Hub == hub {
			return one.Key
		}
	}
	return nil
}

// Signed reports whether a header is byte for byte the one with that hash, and
// signed by the hub it names, which is one of these.
func (s Signers) Signed(h Header, sum [32]byte) bool {
	b := h.Append(nil, func(string, []byte) []byte { return h.Signature })
	if len(b) != HeaderSize || sha256.Sum256(b) != sum {
		return false
	}
	_, err := ParseHeader(b, s)
	return err == nil
}
