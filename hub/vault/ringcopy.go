package vault

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"lares/hub/store"
)

// The keyring is in the first media pool. In each other one lies a copy, for the case that
// the first is lost together with the database. Nothing waits for it, so it may be behind: to
// a repair it is a keyring with its end cut off.

// RingCopyName is what the copy is called at the root of another media pool.
const RingCopyName = KeyringName + ".copy"

// RingCopy is the first pool's keyring as it is to be copied: as far as was committed, and
// whole. Noted is what the database notes of that; where it is what the caller has already,
// nothing is read, and there is none while nobody has claimed the hub.
func (v *Vault) RingCopy(ctx context.Context, have string) (ring []byte, noted string, err error) {
	claimed, err := v.cfg.Store.AnyAccount(ctx) // before what is noted, which is of then or later
	if err != nil {
		return nil, "", err
	}
	note, err := v.cfg.Store.Setting(ctx, store.SettingKeyring)
	if errors.Is(err, store.ErrNoRow) || err == nil && string(note) == have {
		return nil, have, nil
	}
	if err != nil || len(note) < noteSize {
		return nil, "", errors.Join(errors.New("vault: the database does not say how far the keyring reaches"), err)
	}
	path := filepath.Join(v.cfg.Pools[0], KeyringName)
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, "", fmt.Errorf("vault: the keyring: %w", err)
	}
	known := parseNote(note)
	if int64(len(b)) < known.end {
		return nil, "", damagedRing(path)
	}
	b = b[:known.end]
	in, err := v.key.read(path, b, claimed)
	if err != nil {
		return nil, "", err
	}
	if len(in.entries) == 0 {
		return nil, string(note), nil
	}
	if last := in.links[len(in.links)-1]; last.end != known.end || last.code != known.code {
		return nil, "", damagedRing(path)
	}
	return b, string(note), nil
}

// OwnRing says whether what lies in the place of a copy is a keyring of this hub or a former
// one, however whole.
func (v *Vault) OwnRing(b []byte) bool { return v.key.owns(b) }

func (k hubKey) owns(b []byte) bool {
	owner, _, _, err := parseRing(b)
	return err == nil && k.age(owner) >= 0
}

// longestRing is what is whole of a keyring, or what is of a copy that reaches further, and
// whether there is an account in it.
func (v *Vault) longestRing(b []byte) (begin []byte, accounts bool, err error) {
	begin, accounts = v.key.beforeDamage(b)
	for _, path := range v.cfg.RingCopies {
		b, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil { // who tries again when the disk is back has more
			return nil, false, fmt.Errorf("vault: a copy of the keyring: %w", err)
		}
		if copied, has := v.key.beforeDamage(b); len(copied) > len(begin) {
			begin, accounts = copied, has
			v.cfg.Log.Warn("a copy of the keyring is whole further than it is", "copy", path)
		}
	}
	return begin, accounts, nil
}

// NoRing returns ErrLost if one of the files is a copy of the keyring of the hub whose key
// lies in dir: that was claimed. It is asked beside Fresh, which looks into the first pool.
func NoRing(dir string, copies []string) error {
	if _, err := os.Stat(filepath.Join(dir, HubKeyName)); errors.Is(err, fs.ErrNotExist) {
		return nil // no copy is of a hub that is here
	}
	key, err := loadHubKey(dir, false)
	if err != nil {
		return err
	}
	for _, path := range copies {
		b, err := os.ReadFile(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("vault: a copy of the keyring: %w", err)
		}
		if key.owns(b) {
			return fmt.Errorf("%w: %s holds keys of this hub, but the database has no account: %s", ErrLost, path, putBackDB)
		}
	}
	return nil
}
