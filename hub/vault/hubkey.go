package vault

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"lares/cameras/media"
	"lares/cameras/seal"
)

// hub.key: magic 8, hub id 16, Ed25519 seed 32, sealing key 32, SHA-256 of all
// before 32. It is never changed after it was made.
const (
	hubKeyName  = "hub.key"
	hubKeyMagic = "LARHUB1\n"
	hubKeySize  = len(hubKeyMagic) + 16 + ed25519.SeedSize + seal.KeySize + sha256.Size
)

// hubKey is the hub's own key material. It opens camera addresses; it opens
// nothing that was recorded.
type hubKey struct {
	hub      media.HubID
	identity ed25519.PrivateKey
	sealing  []byte // 32 bytes
}

// pepper goes into every password wrap, so that a database alone allows no
// guessing.
func (k hubKey) pepper() []byte {
	m := hmac.New(sha256.New, k.sealing)
	m.Write([]byte("lares pepper v1"))
	return m.Sum(nil)
}

func (k hubKey) bytes() []byte {
	b := append(make([]byte, 0, hubKeySize), hubKeyMagic...)
	b = append(b, k.hub[:]...)
	b = append(b, k.identity.Seed()...)
	b = append(b, k.sealing...)
	sum := sha256.Sum256(b)
	return append(b, sum[:]...)
}

var errHubKey = errors.New("not a hub key, or damaged")

func parseHubKey(b []byte) (hubKey, error) {
	if len(b) != hubKeySize || string(b[:len(hubKeyMagic)]) != hubKeyMagic {
		return hubKey{}, errHubKey
	}
	body, sum := b[:hubKeySize-sha256.Size], b[hubKeySize-sha256.Size:]
	if sha256.Sum256(body) != [sha256.Size]byte(sum) {
		return hubKey{}, errHubKey
	}
	body = body[len(hubKeyMagic):]
	return hubKey{
		hub:      media.HubID(body[:16]),
		identity: ed25519.NewKeyFromSeed(body[16:48]),
		sealing:  append([]byte(nil), body[48:]...),
	}, nil
}

func loadHubKey(dir string, mayMake bool) (hubKey, error) {
	path := filepath.Join(dir, hubKeyName)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		if !mayMake {
			return hubKey{}, fmt.Errorf("vault: %s is missing: without it no password opens; put it back from a backup", path)
		}
		return makeHubKey(path)
	}
	if err != nil {
		return hubKey{}, fmt.Errorf("vault: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return hubKey{}, fmt.Errorf("vault: others may read %s (mode %o): run `chmod 600` on it", path, info.Mode().Perm())
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return hubKey{}, fmt.Errorf("vault: %w", err)
	}
	k, err := parseHubKey(b)
	if err != nil {
		return hubKey{}, fmt.Errorf("vault: %s is %w: put it back from a backup", path, err)
	}
	return k, nil
}

func makeHubKey(path string) (hubKey, error) {
	_, identity, err := ed25519.GenerateKey(nil)
	if err != nil {
		return hubKey{}, fmt.Errorf("vault: making the hub key: %w", err)
	}
	k := hubKey{hub: media.NewHubID(), identity: identity, sealing: make([]byte, seal.KeySize)}
	rand.Read(k.sealing)
	if err := writeOnce(path, k.bytes()); err != nil {
		return hubKey{}, fmt.Errorf("vault: making the hub key: %w", err)
	}
	return k, nil
}

// writeOnce makes a file whole or not at all, and never over another one.
func writeOnce(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".hub.key-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(b)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes the names in a folder durable.
func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
