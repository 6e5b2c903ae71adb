package gate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"lares/cameras"
	"lares/cameras/media"
	"lares/hub/store"
	"lares/hub/vault"
)

// One device is one camera: two entries for it, of one owner or of two, would
// show each what belongs to the other. What identifies a device is kept as a
// keyed hash, unique among the cameras in use.

// pinHash is nil for a camera that was not met yet.
func (g *Gate) pinHash(p cameras.Pin) []byte {
	if p.IsZero() {
		return nil
	}
	return g.cfg.Vault.PinHash(p.Kind, p.Value)
}

// knownDevice counts and tells that the device of one camera presents the
// identity of another. Whose that is, is said to nobody.
func (g *Gate) knownDevice(c store.Camera) error {
	g.cfg.Vault.Refusals().Note(vault.Crossing{Site: "camera identity", Camera: c.ID, Account: c.Owner})
	return ErrKnownDevice
}

// Learned stores the pin of a camera that had none; cameras.Config.Learned. For
// a device that is another camera already it returns cameras.ErrOtherCamera.
func (g *Gate) Learned(ctx context.Context, id media.CameraID, p cameras.Pin) error {
	row, err := g.cfg.Store.Camera(ctx, id)
	if err != nil {
		return g.answer(err)
	}
	access, err := g.openAccess(row)
	if err != nil {
		return g.answer(err)
	}
	switch access.Pin {
	case p:
		return nil
	case cameras.Pin{}:
	default:
		return g.crossing("camera pin", row.ID, row.Owner)
	}
	access.Pin = p
	err = g.setAccess(ctx, row, access)
	if errors.Is(err, store.ErrTaken) {
		return fmt.Errorf("%w: %w", g.knownDevice(row), cameras.ErrOtherCamera)
	}
	return g.answer(err)
}

// DigestOffered keeps beside the pin that the address of a camera's stream asked
// for the password as a digest; cameras.Config.DigestOffered.
func (g *Gate) DigestOffered(ctx context.Context, id media.CameraID, s media.StreamID) error {
	row, err := g.cfg.Store.Camera(ctx, id)
	if err != nil {
		return g.answer(err)
	}
	access, err := g.openAccess(row)
	if err != nil {
		return g.answer(err)
	}
	known := access.Digest
	if access.Digest = known.With(s); access.Digest == known {
		return nil
	}
	return g.answer(g.setAccess(ctx, row, access))
}

func (g *Gate) setAccess(ctx context.Context, row store.Camera, access cameras.Access) error {
	b, err := json.Marshal(access)
	if err != nil {
		return ErrInput
	}
	sealed := g.cfg.Vault.SealAccess(row.ID, row.Owner, b)
	return g.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		return tx.SetCameraAccess(ctx, row.ID, row.Access, sealed, g.pinHash(access.Pin))
	})
}

// identify gives cameras the hash of their pin where it is missing or made with
// a former key: after an update or a restore.
func (g *Gate) identify(ctx context.Context) error {
	rows, err := g.cfg.Store.Cameras(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, row := range rows {
		access, err := g.openAccess(row)
		if err != nil || bytes.Equal(row.PinHash, g.pinHash(access.Pin)) {
			continue // what does not open was counted, and has no worker
		}
		err = g.setAccess(ctx, row, access)
		if errors.Is(err, store.ErrTaken) {
			// Without a pin it is refused when its device is met, and says why.
			g.knownDevice(row)
			access.Pin = cameras.Pin{}
			err = g.setAccess(ctx, row, access)
			g.cfg.Changed(row.ID)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("gate: identity of camera %v: %w", row.ID, err))
		}
	}
	return errors.Join(errs...)
}
