package vault

import (
	"bytes"
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
// owner confirms, and nothing stored before an operator does. So it is where a keyring
// is missing, and where it ends in what is not whole and the database may be older.

// DamagedSuffix stands behind KeyringName in the name of a damaged keyring that was put
// aside, before the time of that.
const DamagedSuffix = ".damaged-"

const (
	mendedSuffix = ".mended" // of the one that is to take its place
	damagedForm  = "20060102-150405.000"
)

// ErrNothingLeft says that neither a database nor a keyring has an account, so that
// nothing can be made of them, and nothing was.
var ErrNothingLeft = errors.New("neither the database nor what is whole of the keyring has an account")

// RingState says how the keyrings are that a repair finds.
type RingState string

// The states.
const (
	RingWhole   RingState = "whole"
	RingDamaged RingState = "damaged"
	RingMissing RingState = "missing" // or with nothing in it
)

// Rings looks at the keyrings of pools: one that is damaged or missing can be written
// anew, with the database and hub.key. Of one of another hub nothing is said: it is
// refused for what it is. Beside a database that is lost, for which s is nil, and beside
// one that may be older, a keyring is damaged too if it reaches further than the database
// knows and that is no whole group: nobody can read what it said there.
func Rings(ctx context.Context, dir string, pools []string, s *store.Store) (RingState, error) {
	key, err := loadHubKey(dir, false)
	if err != nil {
		return "", err
	}
	known := make([]int64, len(pools))
	if s != nil {
		if known, err = noted(ctx, s.View, len(pools)); err != nil {
			return "", err
		}
	}
	state := RingWhole
	for i, pool := range pools {
		_, one, err := key.stateOf(pool, known[i])
		switch {
		case err != nil || one == RingDamaged:
			return one, err
		case one == RingMissing:
			state = one
		}
	}
	return state, nil
}

// noted is how far each of so many keyrings reaches as the database notes it; 0 where it
// does not.
func noted(ctx context.Context, rows store.View, rings int) ([]int64, error) {
	known := make([]int64, rings)
	b, err := rows.Setting(ctx, store.SettingKeyring)
	if err != nil || len(b) != noteSize*rings {
		return known, onlyOther(err)
	}
	for i := range known {
		known[i] = parseNote(b[noteSize*i:]).end
	}
	return known, nil
}

// stateOf reads the keyring of a pool, which is known to a place, and says how it is; see
// Rings.
func (k hubKey) stateOf(pool string, known int64) (b []byte, state RingState, err error) {
	path := filepath.Join(pool, KeyringName)
	b, err = os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, "", fmt.Errorf("vault: the keyring: %w", err)
	}
	if len(b) < ringHeader {
		return b, RingMissing, nil
	}
	if string(b[:len(ringMagic1)]) == ringMagic1 {
		return b, RingWhole, nil // refused for what it is
	}
	in, err := k.read(path, b, true)
	switch {
	case errors.Is(err, errRing):
		return b, RingDamaged, nil
	case errors.Is(err, errRingGone):
		return b, RingMissing, nil
	case err == nil && int64(len(b)) > max(known, in.links[len(in.links)-1].end):
		return b, RingDamaged, nil
	}
	return b, RingWhole, nil
}

// RepairRing does what Repair does, where a keyring is, or was when a repair that did
// not end began, damaged or missing: a copy of the damaged file stays beside it, and what
// the database has is written to one with the groups that are whole before the damage. It
// stands for no confirmation: the database counts as older than the recordings, and
// every grant waits for its owner. Until it returned nil no hub may start here.
func RepairRing(ctx context.Context, c Config) (Replayed, error) { return repair(ctx, c, true) }

// mendRing puts the keyring of a pool aside if anything follows what is whole of it, and
// one in its place that has the groups which are, there or in a copy that has more of them.
// Whenever this is cut off there is the damaged one, or that and what it was put aside as, or
// the new one and that.
func (v *Vault) mendRing(ctx context.Context, pool string) error {
	path := filepath.Join(pool, KeyringName)
	b, state, err := v.key.stateOf(pool, 0)
	if err != nil || state == RingWhole {
		return err
	}
	begin, accounts, err := v.longestRing(b)
	if err != nil {
		return err
	}
	claimed, err := v.cfg.Store.AnyAccount(ctx)
	if err != nil {
		return err
	}
	if !claimed && !accounts {
		return fmt.Errorf("vault: the keyring %s is %s, and %w: put back the newest copy of it or of lares.db, or %s", path, state, ErrNothingLeft, beginAnew)
	}
	if bytes.Equal(b, begin) {
		return nil
	}
	aside, mended := "", path+mendedSuffix
	if err := os.Remove(mended); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("vault: the keyring: %w", err)
	}
	if len(b) > 0 {
		aside = path + DamagedSuffix + v.cfg.Clock.Now().UTC().Format(damagedForm)
		err = writeNew(aside, b)
	}
	if err == nil {
		err = writeNew(mended, begin)
	}
	if err == nil {
		err = os.Rename(mended, path)
	}
	if err := errors.Join(err, syncDir(pool)); err != nil {
		return fmt.Errorf("vault: putting the damaged keyring aside: %w", err)
	}
	v.cfg.Log.Warn("the keyring is made anew; what was there was put aside", "keyring", path, "was", string(state), "aside", aside, "bytes", len(b), "whole", len(begin))
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
