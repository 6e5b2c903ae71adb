package vault

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"lares/cameras/media"
	"lares/cameras/seal"
)

// HubKeyName is what the hub's key is called in the data folder.
const HubKeyName = "hub.key"

// hub.key: magic 8, hub id 16, Ed25519 seed 32, sealing key 32, SHA-256 of all
// before 32. That of a hub that was restored from a backup has another magic,
// and before the sum a count u8 and that many former hubs, newest first: hub id
// 16, Ed25519 public key 32, sealing key 32, until (unix s) i64. It is never
// changed after it was made.
const (
	hubKeyMagic   = "LARHUB1\n"
	hubKeyMagic2  = "LARHUB2\n"
	hubKeyOwn     = 16 + ed25519.SeedSize + seal.KeySize
	hubKeyFormer  = 16 + ed25519.PublicKeySize + seal.KeySize + 8
	maxFormerHubs = 64
)

// hubKey is the hub's own key material. It opens camera addresses; it opens
// nothing that was recorded.
type hubKey struct {
	hub      media.HubID
	identity ed25519.PrivateKey
	sealing  []byte // 32 bytes
	former   []formerHub
}

// pepper goes into every password wrap, so that a database alone allows no
// guessing.
func (k hubKey) pepper() []byte { return pepper(k.sealing) }

func (k hubKey) bytes() []byte {
	b := []byte(hubKeyMagic)
	if len(k.former) > 0 {
		b = []byte(hubKeyMagic2)
	}
	b = append(b, k.hub[:]...)
	b = append(b, k.identity.Seed()...)
	b = append(b, k.sealing...)
	if len(k.former) > 0 {
		b = append(b, uint8(len(k.former)))
	}
	for _, f := range k.former {
		b = append(b, f.hub[:]...)
		b = append(b, f.public...)
		b = append(b, f.sealing...)
		b = binary.BigEndian.AppendUint64(b, uint64(f.until.Unix()))
	}
	sum := sha256.Sum256(b)
	return append(b, sum[:]...)
}

var errHubKey = errors.New("not a hub key, or damaged")

func parseHubKey(b []byte) (hubKey, error) {
	if len(b) < len(hubKeyMagic)+hubKeyOwn+sha256.Size {
		return hubKey{}, errHubKey
	}
	body, sum := b[:len(b)-sha256.Size], b[len(b)-sha256.Size:]
	if sha256.Sum256(body) != [sha256.Size]byte(sum) {
		return hubKey{}, errHubKey
	}
	magic, body := string(body[:len(hubKeyMagic)]), body[len(hubKeyMagic):]
	k := hubKey{
		hub:      media.HubID(body[:16]),
		identity: ed25519.NewKeyFromSeed(body[16:48]),
		sealing:  bytes.Clone(body[48:hubKeyOwn]),
	}
	switch rest := body[hubKeyOwn:]; {
	case magic == hubKeyMagic && len(rest) == 0:
		return k, nil
	case magic == hubKeyMagic2 && len(rest) > 1 && rest[0] > 0 && rest[0] <= maxFormerHubs && len(rest) == 1+int(rest[0])*hubKeyFormer:
		for b := rest[1:]; len(b) > 0; b = b[hubKeyFormer:] {
			k.former = append(k.former, formerHub{
				hub: media.HubID(b[:16]), public: bytes.Clone(b[16:48]), sealing: bytes.Clone(b[48:80]),
				until: time.Unix(int64(binary.BigEndian.Uint64(b[80:])), 0).UTC(),
			})
		}
		return k, nil
	}
	return hubKey{}, errHubKey
}

func loadHubKey(dir string, mayMake bool) (hubKey, error) {
	path := filepath.Join(dir, HubKeyName)
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
	k, err := newHubKey()
	if err != nil {
		return hubKey{}, err
	}
	if err := writeOnce(path, k.bytes()); err != nil {
		return hubKey{}, fmt.Errorf("vault: making the hub key: %w", err)
	}
	return k, nil
}

func newHubKey() (hubKey, error) {
	_, identity, err := ed25519.GenerateKey(nil)
	if err != nil {
		return hubKey{}, fmt.Errorf("vault: making the hub key: %w", err)
	}
	k := hubKey{hub: media.NewHubID(), identity: identity, sealing: make([]byte, seal.KeySize)}
	rand.Read(k.sealing)
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
