package vault

import (
	"crypto/hmac"
	"crypto/sha256"
	"testing"
	"time"
)

// TestChain: the key of the journal is as VAULT.md says, and a restored hub
// still knows those of the hubs that it was before.
func TestChain(t *testing.T) {
	r := newRig(t)
	sum := func(key, text []byte) [32]byte {
		m := hmac.New(sha256.New, key)
		m.Write(text)
		return [32]byte(m.Sum(nil))
	}
	key := sum(r.vault.key.sealing, []byte("lares journal key v1"))
	want := sum(key[:], []byte("row"))
	if c := r.vault.Chain(); c.Ages() != 1 || c.Sum(0, []byte("row")) != want {
		t.Error("another key")
	}
	next, err := r.vault.key.successor(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	c := next.journalChain()
	if c.Ages() != 2 || c.Sum(1, []byte("row")) != want || c.Sum(0, []byte("row")) == want || c.Signer(r.vault.Hub()) == nil {
		t.Error("the former hub's rows are not known any more")
	}
}
