// Package vault keeps the keys: the hub's own, the wrapped secrets of accounts,
// the epochs of cameras. VAULT.md beside this file is exact about each of them.
//
// What is opened here belongs to one request, stream or call: the types that
// hold it begin with Opened, and no field, map or variable of anything that
// lives longer has such a type. Forged and swapped rows are expected: whatever
// is opened is compared with a signed record before it is used, and what does
// not match is refused and counted.
package vault

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"lares/cameras/clock"
	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/hub/store"
)

var (
	// ErrNoKey says that this account has no key for that.
	ErrNoKey = errors.New("vault: no key for this")
	// ErrLost says that keys or recordings are there whose database is not.
	ErrLost = errors.New("vault: database lost")
)

// Config is what a Vault needs; all fields but RingCopies, Away, Confirms and CheapPasswords are
// required.
type Config struct {
	// Dir is the folder of hub.key: not on a media pool.
	Dir string
	// Pools are the roots of the media pools that have a keyring, which all say the same.
	Pools []string
	// RingCopies are where copies of it may lie; a repair reads them.
	RingCopies []string
	// Away is why the pools are not there, if they are not: then the hub opens without its
	// keyring, if nothing says that the database is older than that.
	Away error
	// Confirms says that whoever opens the hub confirms a database that is older than the keys
	// or recordings, as a repair that made it does: then nobody is told to.
	Confirms bool
	// CheapPasswords has Argon2id cost next to nothing, and so protects nothing: for tests of
	// other things, which sign in hundreds of times. No program says so: hub/rules looks.
	CheapPasswords bool
	Store          *store.Store
	Clock          clock.Clock
	Log            *slog.Logger
}

// Vault holds the hub's own keys and opens those of accounts, one request at a
// time. It implements recorder.Keys. All methods are safe for concurrent use.
type Vault struct {
	cfg     Config
	key     hubKey
	rings   []*ring
	refused Refusals
	hashing chan struct{} // a place for each password hashed at once

	// set while the hub opens, by one goroutine
	caught   []media.KeyID // store keys that only the keyring knew
	foundOld bool
	held     bool   // what is shared waits, for the keyring said what nobody can read
	mending  bool   // what a damaged keyring knew beyond the database is lost
	rejoined bool   // with a keyring of before a restore
	joined   []link // how far the keyrings reached then
	missing  missing

	// doubt says that the keyrings may end with what was not committed; only who
	// writes the database asks and sets it.
	doubt bool

	mu      sync.Mutex // guards writers
	writers map[media.CameraID]*indexWriter
}

// Open reads hub.key and the keyrings, making them on a fresh hub, and checks
// that they and the database belong together. Its errors are one line for a
// person and say what to do.
func Open(ctx context.Context, c Config) (*Vault, error) {
	v := newVault(c)
	claimed, err := c.Store.AnyAccount(ctx)
	if err != nil {
		return nil, err
	}
	if !claimed {
		if claimed, err = v.claimCut(ctx); err != nil {
			return nil, err
		}
	}
	if !claimed {
		if err := Fresh(c.Pools); err != nil {
			return nil, err
		}
		if err := NoRing(c.Dir, c.RingCopies); err != nil {
			return nil, err
		}
	}
	if v.key, err = loadHubKey(c.Dir, !claimed); err != nil {
		return nil, err
	}
	if err := v.sameHub(ctx); err != nil {
		return nil, err
	}
	if c.Away != nil {
		err = v.openAway(ctx, claimed)
	} else if err = v.openRings(ctx, claimed); err == nil {
		err = v.heldBack(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, v.Close())
	}
	return v, nil
}

func newVault(c Config) *Vault {
	return &Vault{
		cfg: c, hashing: make(chan struct{}, hashesAtOnce), writers: map[media.CameraID]*indexWriter{},
		refused: Refusals{log: c.Log},
	}
}

// openRings opens the keyrings and takes over what the database lacks.
func (v *Vault) openRings(ctx context.Context, claimed bool) error {
	if claimed {
		if err := v.holdDoubtful(ctx); err != nil {
			return err
		}
	}
	for _, pool := range v.cfg.Pools {
		r, err := openRing(pool, v.key, claimed, &v.refused, v.cfg.Log)
		if err != nil {
			return err
		}
		v.rings = append(v.rings, r)
	}
	return v.catchUp(ctx)
}

// sameHub binds the database to the hub key: a database of another hub names
// keys that this one never had.
func (v *Vault) sameHub(ctx context.Context) error {
	id, err := v.cfg.Store.Setting(ctx, store.SettingHub)
	switch {
	case errors.Is(err, store.ErrNoRow):
		return v.cfg.Store.Update(ctx, func(tx *store.Tx) error { return tx.PutSetting(ctx, store.SettingHub, v.key.hub[:]) })
	case err != nil:
		return err
	case string(id) != string(v.key.hub[:]):
		return fmt.Errorf("vault: hub.key in %s and the database belong to different hubs: put back the hub.key that goes with the database", v.cfg.Dir)
	}
	return nil
}

// Close releases the keyrings. The vault must not be used afterwards.
func (v *Vault) Close() error {
	var errs []error
	for _, r := range v.rings {
		errs = append(errs, r.close())
	}
	return errors.Join(errs...)
}

// Hub is the hub's name.
func (v *Vault) Hub() media.HubID { return v.key.hub }

// HubKey is the public half of the hub identity.
func (v *Vault) HubKey() ed25519.PublicKey {
	return v.key.identity.Public().(ed25519.PublicKey)
}

// Sign signs with the hub identity: seal.Sign(identity, context, message).
func (v *Vault) Sign(context string, message []byte) []byte {
	return seal.Sign(v.key.identity, context, message)
}

// Removed notes on the keyrings that an account or a camera is taken away, so
// that an older database brings neither back.
func (v *Vault) Removed(tx *store.Tx, id [16]byte) { v.keep(tx, removedEntry(id)) }
