package vault

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"lares/cameras/seal"
	"lares/hub/store"
)

// Restore turns what a backup brought into a hub with a name of its own. Config
// says where it will live; from is the folder with the old hub.key, and keyring
// the one that the backup held. The database is c.Store; it lies wherever it is
// unpacked.
//
// The old hub becomes a former hub. Login sessions, guest links, invitations and
// API tokens end, exits do, the cameras' access is sealed anew, and every epoch is bumped
// by the hub alone. Account keys stay what they are: they are bound to the
// former hub until they are rotated. A keyring that a pool has already is kept,
// and what it knows beyond the database is taken over; of one that comes later, see
// fork.go.
//
// Hub.key is written last: without it there is no hub.
func Restore(ctx context.Context, c Config, from, keyring string) error {
	old, err := loadHubKey(from, false)
	if err != nil {
		return err
	}
	next, err := old.successor(c.Clock.Now())
	if err != nil {
		return err
	}
	for _, pool := range c.Pools {
		if err := bringRing(pool, keyring); err != nil {
			return fmt.Errorf("vault: restoring the keyring: %w", err)
		}
	}
	v := newVault(c)
	v.key = next
	if err := c.Store.Update(ctx, func(tx *store.Tx) error { return v.succeed(ctx, tx, old) }); err != nil {
		return err
	}
	err = v.branch(ctx)
	if err == nil {
		err = writeOnce(filepath.Join(c.Dir, HubKeyName), next.bytes())
	}
	return errors.Join(err, v.Close())
}

// branch opens the keyrings, begins every camera's next epoch there, and notes where
// the new hub began to write them.
func (v *Vault) branch(ctx context.Context) error {
	b, err := v.cfg.Store.Setting(ctx, store.SettingKeyring)
	if onlyOther(err) != nil {
		return err
	}
	if err := v.openRings(ctx, true); err != nil {
		return err
	}
	known := make([]link, len(v.rings))
	if len(b) == noteSize*len(known) {
		for i := range known {
			known[i] = parseNote(b[noteSize*i:])
		}
	}
	begun := v.begun(known)
	if err := v.bumpAll(ctx); err != nil {
		return err
	}
	return v.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		return errors.Join(v.noteForks(ctx, tx, begun), tx.RemoveSetting(ctx, store.SettingHeld))
	})
}

// bringRing puts the backup's keyring into a pool that has none.
func bringRing(pool, keyring string) error {
	path := filepath.Join(pool, KeyringName)
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	b, err := os.ReadFile(keyring)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(pool, 0o700); err != nil {
		return err
	}
	return writeOnce(path, b)
}

// succeed makes the database that of the new hub.
func (v *Vault) succeed(ctx context.Context, tx *store.Tx, old hubKey) error {
	f := v.key.former[0]
	hub, err := tx.Setting(ctx, store.SettingHub)
	if err != nil || string(hub) != string(f.hub[:]) {
		return errors.Join(errors.New("vault: hub.key and database of the backup belong to different hubs"), err)
	}
	for _, step := range []func() error{
		func() error { return tx.PutSetting(ctx, store.SettingHub, v.key.hub[:]) },
		func() error { return tx.AddFormerHub(ctx, f.hub, f.public, f.until) },
		func() error { return tx.RemoveSetting(ctx, store.SettingPool) }, // it may have another one
		func() error { return tx.EndVisits(ctx) },
		func() error { return tx.EndTokens(ctx) },
		func() error { return tx.EndExits(ctx) }, // where the hub lives now, the address may be somebody else's
		func() error { return v.reseal(ctx, tx, old) },
	} {
		if err := step(); err != nil {
			return fmt.Errorf("vault: restoring the database: %w", err)
		}
	}
	return nil
}

// reseal seals the cameras' access and settings of motion and sound, and the access of cameras
// on offer, under the new hub's key. What does not open under the old one stays as it
// is: it is refused whenever it is used.
func (v *Vault) reseal(ctx context.Context, tx *store.Tx, old hubKey) error {
	cameras, err1 := tx.AllCameras(ctx)
	offers, err2 := tx.AllTransfers(ctx)
	motions, err3 := tx.Motions(ctx)
	sounds, err4 := tx.Sounds(ctx)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return err
	}
	for _, c := range cameras {
		if err := v.resealMotion(ctx, tx, old, c, motions[c.ID]); err != nil {
			return err
		}
		if err := v.resealSound(ctx, tx, old, c, sounds[c.ID]); err != nil {
			return err
		}
		access, err := seal.OpenText(old.sealing, accessBinding(old.hub, c.ID, c.Owner), c.Access)
		if err != nil {
			v.cfg.Log.Error("a camera's access in the backup was changed; the camera has to be added again", "camera", c.ID.String())
			continue
		}
		if err := tx.PutAccess(ctx, c.ID, v.SealAccess(c.ID, c.Owner, access)); err != nil {
			return err
		}
	}
	for _, o := range offers {
		access, err := seal.OpenText(old.sealing, offerBinding(old.hub, o), o.Access)
		if err != nil {
			v.cfg.Log.Error("an offer of a camera in the backup was changed; it is not taken over", "camera", o.Camera.String())
			continue
		}
		if err := tx.SetTransferAccess(ctx, o.ID, v.SealOffer(o, access)); err != nil {
			return err
		}
	}
	return nil
}

// resealMotion is reseal for the settings of motion of one camera, if it has some.
func (v *Vault) resealMotion(ctx context.Context, tx *store.Tx, old hubKey, c store.Camera, sealed []byte) error {
	if sealed == nil {
		return nil
	}
	motion, err := seal.OpenText(old.sealing, motionBinding(old.hub, c.ID, c.Owner), sealed)
	if err != nil {
		v.cfg.Log.Error("a camera's settings of motion in the backup were changed; they have to be made again", "camera", c.ID.String())
		return nil
	}
	return tx.PutMotion(ctx, c.ID, v.SealMotion(c.ID, c.Owner, motion))
}

// resealSound is reseal for what is listened for at one camera, if that was said.
func (v *Vault) resealSound(ctx context.Context, tx *store.Tx, old hubKey, c store.Camera, sealed []byte) error {
	if sealed == nil {
		return nil
	}
	sound, err := seal.OpenText(old.sealing, soundBinding(old.hub, c.ID, c.Owner), sealed)
	if err != nil {
		v.cfg.Log.Error("a camera's settings of sound in the backup were changed; they have to be made again", "camera", c.ID.String())
		return nil
	}
	return tx.PutSound(ctx, c.ID, v.SealSound(c.ID, c.Owner, sound))
}

// bumpAll starts a new epoch for every camera, signed by the hub alone, and
// without members that have no grant. A camera whose epoch is crossed keeps it:
// nothing is sealed or opened with that.
func (v *Vault) bumpAll(ctx context.Context) error {
	cameras, err := v.cfg.Store.AllCameras(ctx)
	if err != nil {
		return err
	}
	for _, c := range cameras {
		if !c.Removed.IsZero() {
			continue
		}
		err := v.cfg.Store.Update(ctx, func(tx *store.Tx) error {
			grants, err := tx.Grants(ctx, c.ID)
			if err != nil {
				return err
			}
			return v.NewEpoch(ctx, tx, c, Change{Keep: granted(grants)})
		})
		if err != nil && !errors.Is(err, seal.ErrCrossed) && !errors.Is(err, store.ErrNoRow) {
			return err
		}
	}
	return nil
}

// granted keeps in an epoch who has a grant that does not wait for the owner.
func granted(grants []store.Grant) func(store.PrincipalID) bool {
	return func(id store.PrincipalID) bool {
		return slices.ContainsFunc(grants, func(g store.Grant) bool { return g.Account == id && !g.Unconfirmed })
	}
}

// RingKnown is how far the first pool's keyring is known to a database, in
// bytes.
func RingKnown(ctx context.Context, s *store.Store) (int64, error) {
	b, err := s.Setting(ctx, store.SettingKeyring)
	if err != nil || len(b) < noteSize {
		return 0, errors.Join(errors.New("vault: the database does not say how far the keyring reaches"), err)
	}
	return parseNote(b).end, nil
}
