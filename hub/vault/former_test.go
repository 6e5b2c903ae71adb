package vault

import (
	"bytes"
	"crypto/sha256"
	"testing"

	"lares/cameras/media"
)

// TestHubKeyFormer: the key file of a restored hub names who it was before, and
// has one form.
func TestHubKeyFormer(t *testing.T) {
	old, err := newHubKey()
	if err != nil {
		t.Fatal(err)
	}
	older, err := newHubKey()
	if err != nil {
		t.Fatal(err)
	}
	old.former = []formerHub{older.asFormer(t0)}
	now, err := old.successor(t0.Add(1))
	if err != nil {
		t.Fatal(err)
	}
	got, err := parseHubKey(now.bytes())
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.bytes(), now.bytes()) || len(got.former) != 2 || !got.former[1].until.Equal(t0) {
		t.Errorf("%+v", got.former)
	}
	for i, hub := range []media.HubID{now.hub, old.hub, older.hub} {
		if got.age(hub) != i {
			t.Errorf("hub %d has age %d", i, got.age(hub))
		}
	}
	if p, ok := got.pepperOf(old.hub); !ok || !bytes.Equal(p, old.pepper()) {
		t.Error("the old pepper")
	}
	if _, ok := got.pepperOf(media.NewHubID()); ok || got.age(media.NewHubID()) >= 0 {
		t.Error("a strange hub is known")
	}
	if !got.follows(now.hub, old.hub) || got.follows(old.hub, now.hub) || got.follows(older.hub, old.hub) || got.follows(now.hub, media.NewHubID()) {
		t.Error("the order of hubs")
	}
	if bytes.Contains(now.bytes(), old.identity.Seed()) {
		t.Error("the old identity can still sign")
	}
	// Neither form passes for the other.
	b := now.bytes()
	if _, err := parseHubKey(resum(append([]byte(hubKeyMagic), b[len(hubKeyMagic):]...))); err == nil {
		t.Error("former hubs in a file of version 1")
	}
	for n := range len(b) {
		if _, err := parseHubKey(resum(bytes.Clone(b[:n]))); err == nil {
			t.Errorf("%d bytes are a key", n)
		}
	}
}

// resum ends bytes with the sum of what is before.
func resum(b []byte) []byte {
	if len(b) < 32 {
		return b
	}
	return append(b[:len(b)-32:len(b)-32], sum(b[:len(b)-32])...)
}

func sum(b []byte) []byte { s := sha256.Sum256(b); return s[:] }
