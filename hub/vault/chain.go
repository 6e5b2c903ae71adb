package vault

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"

	"lares/cameras/media"
	"lares/recorder/sealed"
)

// Chain makes and checks the hashes of the journal's rows, and knows who signed
// its heads: this hub and the ones that it was before. Who has the database but
// not hub.key can make no hash that fits.
type Chain struct {
	signers sealed.Signers
	keys    [][]byte // newest first
}

func (k hubKey) journalChain() Chain {
	c := Chain{signers: k.signers()}
	sealings := [][]byte{k.sealing}
	for _, f := range k.former {
		sealings = append(sealings, f.sealing)
	}
	for _, s := range sealings {
		m := hmac.New(sha256.New, s)
		m.Write([]byte("lares journal key v1"))
		c.keys = append(c.keys, m.Sum(nil))
	}
	return c
}

// Chain is that of this hub.
func (v *Vault) Chain() Chain { return v.key.journalChain() }

// ReadChain reads from hub.key in a folder the Chain of its hub. It works beside
// a running hub.
func ReadChain(dir string) (Chain, error) {
	key, err := loadHubKey(dir, false)
	if err != nil {
		return Chain{}, err
	}
	return key.journalChain(), nil
}

// Signer is the public identity of this hub, or of one that it was before; nil
// for any other.
func (c Chain) Signer(hub media.HubID) ed25519.PublicKey { return c.signers.Key(hub) }

// Ages is how many hubs this one was, itself included: age 0 is now.
func (c Chain) Ages() int { return len(c.keys) }

// Sum is the keyed hash that the hub of an age gives a row.
func (c Chain) Sum(age int, row []byte) (sum [sha256.Size]byte) {
	m := hmac.New(sha256.New, c.keys[age])
	m.Write(row)
	m.Sum(sum[:0])
	return sum
}
