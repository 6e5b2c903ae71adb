package gate

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"lares/cameras"
	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/journal"
	"lares/hub/store"
	"lares/hub/vault"
)

// maxAccess bounds the encoded access of a camera, in bytes.
const maxAccess = 16 << 10

// NewCamera is a camera to add.
type NewCamera struct {
	Name   string // 1 to 64 characters, printable
	Access cameras.Access
}

// check refuses what no camera has.
func (n NewCamera) check() error {
	if !isName(n.Name) {
		return ErrInput
	}
	return checkAccess(n.Access)
}

// checkAccess refuses what reaches no camera. Addresses carry no credentials: they
// would be shown with the address.
func checkAccess(access cameras.Access) error {
	if access.Transport != "" && access.Transport != cameras.TransportUDP {
		return ErrInput
	}
	for _, a := range []struct {
		address string
		needed  bool
		opens   func(scheme string) bool
	}{
		{access.Main, true, cameras.OpensScheme},
		{access.Sub, false, cameras.OpensScheme},
		{access.ONVIF, false, isWeb},
	} {
		if a.address == "" && !a.needed {
			continue
		}
		u, err := url.Parse(a.address)
		if err != nil || u.Host == "" || u.User != nil || !a.opens(u.Scheme) {
			return ErrInput
		}
	}
	return nil
}

func isWeb(scheme string) bool { return scheme == "http" || scheme == "https" }

// AddCamera makes a camera that the caller owns: its id, first epoch, keys and
// rows. It returns ErrInput, ErrCamerasFull, ErrHubFull, ErrSubElsewhere, ErrONVIFElsewhere, ErrKnownDevice,
// ErrSharedPassword, ErrGuesses or ErrUnavailable. Config.Changed hears of it.
func (g *Gate) AddCamera(ctx context.Context, c account.Caller, n NewCamera) (media.CameraID, error) {
	id, err := g.addCamera(ctx, c, n)
	if err != nil {
		return media.CameraID{}, g.answer(err)
	}
	g.cfg.Changed(id)
	return id, nil
}

func (g *Gate) addCamera(ctx context.Context, c account.Caller, n NewCamera) (media.CameraID, error) {
	now, err := g.now()
	if err != nil {
		return media.CameraID{}, err
	}
	if !c.Token.IsZero() { // a token owns nothing
		return media.CameraID{}, ErrNotFound
	}
	if err := n.check(); err != nil {
		return media.CameraID{}, err
	}
	if err := g.oneHost(ctx, c, n.Access); err != nil {
		return media.CameraID{}, err
	}
	access, err := json.Marshal(n.Access)
	if err != nil || len(access) > maxAccess {
		return media.CameraID{}, ErrInput
	}
	owner, err := g.cfg.Vault.Unlock(ctx, c.Proof())
	if err != nil {
		return media.CameraID{}, err
	}
	row := store.Camera{ID: media.NewCameraID(), Owner: owner.ID(), Name: n.Name, Added: now}
	row.Access, row.PinHash = g.cfg.Vault.SealAccess(row.ID, row.Owner, access), g.pinHash(n.Access)
	err = g.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		if err := g.cfg.Vault.Stands(ctx, tx.View, c.Proof(), owner); err != nil {
			return err
		}
		if err := hasRoom(ctx, tx.View, row.Owner); err != nil {
			return err
		}
		if err := g.ownPassword(ctx, tx.View, row, n.Access); err != nil {
			return err
		}
		if err := g.ownDevice(ctx, tx.View, row, n.Access); err != nil {
			return err
		}
		if err := tx.AddCamera(ctx, row); err != nil {
			return err
		}
		if err := g.placeNew(ctx, tx, row.ID); err != nil {
			return err
		}
		if err := g.cfg.Vault.NewEpoch(ctx, tx, row, vault.Change{Owner: owner}); err != nil {
			return err
		}
		return g.enter(ctx, tx, c, journal.Entry{Kind: journal.CameraAdded, Camera: row.ID, Owner: c.Account})
	})
	return row.ID, g.taken(row, err)
}

// RemoveCamera removes the camera of an owner's Manage pass, its keys at once
// and its recordings after that. It returns ErrNotFound or ErrUnavailable.
func (g *Gate) RemoveCamera(ctx context.Context, p Pass) error {
	if !p.isFor(Manage) {
		return g.crossing("pass", p.camera, p.account)
	}
	if !p.mine {
		return ErrNotFound
	}
	now, err := g.now()
	if err != nil {
		return err
	}
	err = g.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		if err := g.cfg.Vault.Stands(ctx, tx.View, p.proof, nil); err != nil {
			return err
		}
		e := p.entry(journal.Revoked)
		e.Owner = p.account
		if _, err := g.endGrants(ctx, tx, e); err != nil {
			return err
		}
		g.cfg.Vault.Removed(tx, p.camera)
		if err := tx.RemoveCamera(ctx, p.camera, p.account, now); err != nil {
			return err
		}
		e.Kind = journal.CameraRemoved
		return g.cfg.Journal.Due(ctx, tx, e)
	})
	if err != nil {
		return g.answer(err)
	}
	g.cfg.Store.Scrub()
	g.cfg.Vault.Forget(p.camera)
	g.cfg.Changed(p.camera)
	if err := g.erase(ctx, p.camera); err != nil {
		g.cfg.Log.Error("recordings of a removed camera are still there; they are tried again", "camera", p.camera, "error", err)
	}
	return nil
}

// eraseTimeout bounds one try to delete a camera's recordings; Run tries again.
const eraseTimeout = 10 * time.Second

// erase finishes the removal of a camera.
func (g *Gate) erase(ctx context.Context, id media.CameraID) error {
	ctx, cancel := context.WithTimeout(ctx, eraseTimeout)
	defer cancel()
	if err := g.cfg.Erase(ctx, id); err != nil {
		return err
	}
	if err := g.cfg.Store.EraseRows(ctx, id); err != nil {
		return err
	}
	return g.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		if err := tx.ForgetCamera(ctx, id); err != nil {
			return err
		}
		return tx.ForgetAccounts(ctx) // of an owner who left
	})
}

func (g *Gate) openAccess(c store.Camera) (a cameras.Access, err error) {
	b, err := g.cfg.Vault.OpenAccess(c)
	if err != nil {
		return a, err
	}
	if err := json.Unmarshal(b, &a); err != nil {
		return cameras.Access{}, fmt.Errorf("gate: access of camera %v: %w", c.ID, err)
	}
	return a, nil
}

// askAgain is after what time it is asked again whether a camera is to be off the air,
// where what was read is another's.
const askAgain = 10 * time.Second

// WorkerCameras are all cameras with their opened access, for the Fleet only,
// and when what is wanted of one of them changes by itself; the zero time is
// never. A camera whose row was tampered with is left out and counted. PreRoll is
// the caller's to set.
func (g *Gate) WorkerCameras(ctx context.Context) (list []cameras.Camera, next time.Time, err error) {
	rows, err := g.cfg.Store.Cameras(ctx)
	if err != nil {
		return nil, next, g.answer(err)
	}
	settings, err := g.cfg.Store.Privacies(ctx)
	if err != nil {
		return nil, next, g.answer(err)
	}
	motions, err := g.cfg.Store.Motions(ctx)
	if err != nil {
		return nil, next, g.answer(err)
	}
	sounds, err := g.cfg.Store.Sounds(ctx)
	if err != nil {
		return nil, next, g.answer(err)
	}
	for _, r := range rows {
		access, err := g.openAccess(r)
		if err != nil {
			g.cfg.Log.Error("a camera is left out", "camera", r.ID, "error", err)
			continue
		}
		setting, err := g.privacyIn(settings[r.ID], r.ID)
		off, change := g.offAir(setting)
		if err != nil {
			g.cfg.Log.Error("it is not known whether a camera is to be off the air: it is, for a while", "camera", r.ID, "error", err)
			off, change = true, g.cfg.Clock.Now().Add(askAgain)
		}
		if !change.IsZero() && (next.IsZero() || change.Before(next)) {
			next = change
		}
		list = append(list, cameras.Camera{ID: r.ID, Access: access, Private: off, Motion: g.workerMotion(r, motions[r.ID]), Sound: g.workerSound(ctx, r, sounds[r.ID])})
	}
	return list, next, nil
}

// WorkerCamera is one of WorkerCameras; ErrNotFound once it was removed or handed
// over.
func (g *Gate) WorkerCamera(ctx context.Context, id media.CameraID) (cameras.Camera, error) {
	row, err := g.cfg.Store.Camera(ctx, id)
	if err != nil {
		return cameras.Camera{}, g.answer(err)
	}
	if !row.Retired.IsZero() {
		return cameras.Camera{}, ErrNotFound
	}
	setting, err := g.privacyOf(ctx, g.cfg.Store.View, id)
	if err != nil {
		return cameras.Camera{}, g.answer(err)
	}
	motion, err := g.cfg.Store.Motion(ctx, id)
	if err != nil {
		return cameras.Camera{}, g.answer(err)
	}
	sound, err := g.cfg.Store.Sound(ctx, id)
	if err != nil {
		return cameras.Camera{}, g.answer(err)
	}
	access, err := g.openAccess(row)
	off, _ := g.offAir(setting)
	return cameras.Camera{ID: id, Access: access, Private: off, Motion: g.workerMotion(row, motion), Sound: g.workerSound(ctx, row, sound)}, g.answer(err)
}
