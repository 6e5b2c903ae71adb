package vault

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"lares/hub/store"
)

// OpenCopy reads what SealCopy sealed, with the hub.key of a folder.
func OpenCopy(dir string, r io.Reader) (io.Reader, error) {
	key, err := loadHubKey(dir, false)
	if err != nil {
		return nil, err
	}
	return key.openCopy(r)
}

// Repair brings a database that is empty, or an older copy, up to the keyrings:
// accounts with their passwords, epochs, and who holds which key. Cameras that
// the database does not have are made as retired: how to reach them is lost.
// Sessions, links and invitations end, and every epoch is bumped: what the
// keyring names beyond the grants of the database loses its keys.
//
// It stands for the operator's confirmation, for it is asked for on the console. Where
// anything follows what is whole of a keyring it refuses to: see RepairRing.
func Repair(ctx context.Context, c Config) (r Replayed, err error) { return repair(ctx, c, false) }

func repair(ctx context.Context, c Config, mend bool) (r Replayed, err error) {
	v := newVault(c)
	v.mending = mend
	if v.key, err = loadHubKey(c.Dir, false); err != nil {
		return r, err
	}
	if err := v.sameHub(ctx); err != nil {
		return r, err
	}
	for i, pool := range c.Pools {
		if err := v.readyRing(ctx, i); err != nil {
			return r, errors.Join(err, v.Close())
		}
		one, err := openRing(pool, v.key, !mend, &v.refused, c.Log)
		if err != nil {
			return r, errors.Join(err, v.Close())
		}
		v.rings = append(v.rings, one)
	}
	r, err = v.rebuild(ctx)
	switch {
	case err != nil:
	case v.rejoined:
		err = v.bumpJoined(ctx)
	default:
		err = v.bumpAll(ctx)
	}
	return r, errors.Join(err, v.Close())
}

// readyRing mends the keyring of a pool, or refuses a damaged one.
func (v *Vault) readyRing(ctx context.Context, i int) error {
	pool := v.cfg.Pools[i]
	if v.mending {
		return v.mendRing(ctx, pool)
	}
	known, err := noted(ctx, v.cfg.Store.View, len(v.cfg.Pools))
	if err != nil {
		return err
	}
	_, state, err := v.key.stateOf(pool, known[i])
	if err == nil && state == RingDamaged {
		err = damagedRing(filepath.Join(pool, KeyringName))
	}
	return err
}

func (v *Vault) rebuild(ctx context.Context) (all Replayed, err error) {
	v.readRemoved()
	known, err := v.known(ctx)
	if err != nil {
		return all, err
	}
	err = v.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		if v.mending { // before it is written to the keyring
			if err := v.holdShares(ctx, tx); err != nil {
				return err
			}
		}
		for i, r := range v.rings {
			got, err := v.rebuildOne(ctx, tx, r, known[i])
			if err != nil {
				return err
			}
			all.Accounts, all.Epochs = all.Accounts+got.Accounts, all.Epochs+got.Epochs
			all.Made = append(all.Made, got.Made...)
		}
		settle := tx.RemoveSetting(ctx, store.SettingRolledBack)
		if v.mending {
			settle = errors.Join(v.holdShares(ctx, tx), v.rolledBack(ctx, tx, "keyring"))
		}
		return errors.Join(settle, tx.EndVisits(ctx), tx.EndTokens(ctx), tx.EndExits(ctx), v.noteCaughtUp(ctx, tx))
	})
	for _, r := range v.rings {
		r.entries, r.links = nil, nil
	}
	return all, err
}

func (v *Vault) rebuildOne(ctx context.Context, tx *store.Tx, r *ring, known link) (Replayed, error) {
	if f, ok, err := v.parted(ctx, tx.View, r, known); err != nil {
		return Replayed{}, err
	} else if ok {
		return Replayed{}, v.rejoin(ctx, tx, r, f, known)
	}
	if r.last.end < known.end {
		return Replayed{}, v.refill(ctx, tx, r.entries)
	}
	if v.stranger(r, known) {
		return Replayed{}, v.refill(ctx, tx, nil)
	}
	entries, _ := r.after(known.end)
	return v.replay(ctx, tx, entries, true)
}

// ShortID is the beginning of the name of the hub whose key lies in a folder:
// what a person types to end it. A key that is damaged or gone has a word of its
// own.
func ShortID(dir string) (string, error) {
	b, err := os.ReadFile(filepath.Join(dir, HubKeyName))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	k, err := parseHubKey(b)
	if err != nil {
		return "erase", nil
	}
	return k.hub.String()[:6], nil
}
