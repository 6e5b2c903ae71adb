package vault

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"lares/cameras/media"
	"lares/hub/store"
)

// What a damaged keyring had behind the damage cannot be told from what somebody
// wrote there, so it counts for nothing; the groups before it are authenticated and
// stay. If the database is the newest, it has all of that and more. If it is older,
// what was revoked since is unknown: hence nothing that is shared opens before its
// owner confirms, and nothing stored before an operator does.

// DamagedSuffix stands behind KeyringName in the name of a damaged keyring that was put
// aside, before the time of that.
const DamagedSuffix = ".damaged-"

const (
	mendedSuffix = ".mended" // of the one that is to take its place
	damagedForm  = "20060102-150405.000"
)

var errNothingLeft = errors.New("and neither the database nor what is whole of it has an account")

// RingDamaged reports whether the keyring of a pool is damaged: with the database and
// hub.key it can be written anew. One that is missing, or of another hub, is not: it
// may be in another folder.
func RingDamaged(dir string, pools []string) (bool, error) {
	key, err := loadHubKey(dir, false)
	if err != nil {
		return false, err
	}
	for _, pool := range pools {
		path := filepath.Join(pool, KeyringName)
		b, err := os.ReadFile(path)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return false, fmt.Errorf("vault: the keyring: %w", err)
		}
		if key.damaged(path, b) {
			return true, nil
		}
	}
	return false, nil
}

func (k hubKey) damaged(path string, b []byte) bool {
	if len(b) < ringHeader {
		return false
	}
	if len(b) >= len(ringMagic1) && string(b[:len(ringMagic1)]) == ringMagic1 {
		return false // refused for what it is
	}
	_, err := k.read(path, b, true)
	return errors.Is(err, errRing)
}

// RepairRing does what Repair does, where a keyring is, or was when a repair that did
// not end began, damaged: a copy of the damaged file stays beside it, and what the
// database has is written to one with the groups that are whole before the damage. It
// stands for no confirmation: the database counts as older than the recordings, and
// every grant waits for its owner. Until it returned nil no hub may start here.
func RepairRing(ctx context.Context, c Config) (Replayed, error) { return repair(ctx, c, true) }

// mendRing puts the keyring of a pool aside if it is damaged, and one in its place that
// has the groups which are whole before the damage. Whenever this is cut off there is
// the damaged one, or that and its copy, or the new one and the copy.
func (v *Vault) mendRing(ctx context.Context, pool string) error {
	path := filepath.Join(pool, KeyringName)
	b, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("vault: the keyring: %w", err)
	}
	if !v.key.damaged(path, b) {
		return nil
	}
	begin, accounts := v.key.beforeDamage(b)
	claimed, err := v.cfg.Store.AnyAccount(ctx)
	if err != nil {
		return err
	}
	if !claimed && !accounts {
		return fmt.Errorf("vault: %s is %w, %w: put back the newest copy of it or of lares.db, or %s", path, errRing, errNothingLeft, beginAnew)
	}
	aside := path + DamagedSuffix + v.cfg.Clock.Now().UTC().Format(damagedForm)
	mended := path + mendedSuffix
	if err := os.Remove(mended); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("vault: the keyring: %w", err)
	}
	err = writeNew(aside, b)
	if err == nil {
		err = writeNew(mended, begin)
	}
	if err == nil {
		err = os.Rename(mended, path)
	}
	if err := errors.Join(err, syncDir(pool)); err != nil {
		return fmt.Errorf("vault: putting the damaged keyring aside: %w", err)
	}
	v.cfg.Log.Warn("the keyring is damaged; it was put aside", "keyring", path, "aside", aside, "bytes", len(b), "whole", len(begin))
	return nil
}

// writeNew writes a file that is not there yet, and its name, to the disk.
func writeNew(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	return errors.Join(err, f.Sync(), f.Close(), syncDir(filepath.Dir(path)))
}

// beforeDamage is the beginning of a keyring that is whole, a header at least, and
// whether there is an account in it.
func (k hubKey) beforeDamage(b []byte) (begin []byte, accounts bool) {
	owner, entries, _, err := parseRing(b)
	if err != nil || k.age(owner) < 0 {
		return append([]byte(ringMagic), k.hub[:]...), false
	}
	links, entries, _ := k.chain(b, entries)
	return b[:links[len(links)-1].end], slices.ContainsFunc(entries, func(e placed) bool { return e.kind == entryAccount })
}

// holdShares leaves the keys of every camera to its owner alone, and has every grant
// wait for the owner, who hears of it: the database that gives it may be older than
// what the keyring said. The journal is told.
func (v *Vault) holdShares(ctx context.Context, tx *store.Tx) error {
	grants, err1 := tx.AllGrants(ctx)
	cameras, err2 := tx.AllCameras(ctx)
	wraps, err3 := tx.AllEpochWraps(ctx)
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	owners := map[media.CameraID]store.AccountID{}
	for _, c := range cameras {
		owners[c.ID] = c.Owner
	}
	for _, w := range wraps {
		if w.Principal != owners[w.Camera] {
			if err := tx.RemoveEpochWraps(ctx, w.Camera, w.Principal); err != nil {
				return err
			}
		}
	}
	var held []Altered
	for _, g := range grants {
		if g.Unconfirmed {
			continue
		}
		if err := tx.Unconfirm(ctx, g.Camera, g.Account, v.cfg.Clock.Now()); err != nil {
			return err
		}
		held = append(held, Altered{
			Kind: AlteredGranted, Camera: g.Camera, Owner: owners[g.Camera], Account: g.Account,
			Actions: g.Actions, HistoryFrom: g.HistoryFrom, Expires: g.Expires, Waits: true,
		})
	}
	return noteAltered(ctx, tx, held)
}
