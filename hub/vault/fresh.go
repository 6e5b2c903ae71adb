package vault

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Fresh tells a hub that was never claimed from one whose database was lost: it
// returns ErrLost if a pool holds a keyring with anything behind its header, or
// one that is none, the torn end of one, or a clip. It is what
// store.Options.Create asks.
func Fresh(pools []string) error {
	for _, pool := range pools {
		what, err := holds(pool)
		if err != nil {
			return err
		}
		if what != "" {
			return fmt.Errorf("%w: %s holds %s of this hub, but the database has no account: %s", ErrLost, pool, what, putBackDB)
		}
	}
	return nil
}

// holds names what only a claimed hub leaves in a pool, or "".
func holds(pool string) (string, error) {
	b, err := os.ReadFile(filepath.Join(pool, KeyringName))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("vault: looking for keys: %w", err)
	}
	if n := min(len(b), len(ringMagic)); string(b[:n]) != ringMagic[:n] {
		return "a damaged keyring", nil
	}
	if len(b) > ringHeader {
		return "keys", nil
	}
	return besideRing(pool)
}

// besideRing names what beside a keyring only a claimed hub leaves in a pool, or "".
func besideRing(pool string) (string, error) {
	_, err := os.Lstat(filepath.Join(pool, KeyringName+tornSuffix))
	if err == nil {
		return "the torn end of a keyring", nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("vault: looking for keys: %w", err)
	}
	clips, err := fs.Glob(os.DirFS(pool), "clips/*/*/*.lar")
	if err != nil {
		return "", fmt.Errorf("vault: looking for recordings: %w", err)
	}
	if len(clips) > 0 {
		return "recordings", nil
	}
	return "", nil
}
