package gate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"lares/cameras"
	"lares/cameras/media"
	"lares/hub/store"
	"lares/hub/vault"
)

// One device is one owner's: entries of two for it would show each what belongs to
// the other. A recorder whose channels are known by name may have one owner for
// each. What identifies a device is kept as a keyed hash too, of which the database
// refuses a second owner by itself. One owner may have a device several times: each
// channel of a recorder, and all cameras behind one repeater, which hides their link
// layer addresses behind its own.

// pinHash is nil for a camera that was not met yet.
func (g *Gate) pinHash(a cameras.Access) []byte {
	if a.Pin.IsZero() {
		return nil
	}
	return g.cfg.Vault.PinHash(a.Pin.Kind, a.Pin.Value, a.Pin.Vendor, a.Pin.Model, a.Source)
}

// ownDevice refuses, with ErrKnownDevice, a camera that is another owner's already,
// or the same owner's under the same address; one that was not met is judged when it
// is. It runs in the transaction that enters the pin.
func (g *Gate) ownDevice(ctx context.Context, rows store.View, c store.Camera, a cameras.Access) error {
	return g.ownDeviceAt(ctx, rows, c, a, nil)
}

// ownDeviceAt is ownDevice where it is known what names lead to.
func (g *Gate) ownDeviceAt(ctx context.Context, rows store.View, c store.Camera, a cameras.Access, at leads) error {
	if a.Pin.IsZero() {
		return nil
	}
	r, err := g.conflicting(ctx, rows, c, a, at)
	if err != nil || r.ID.IsZero() {
		return err
	}
	return g.knownDevice(r, c.Owner)
}

// conflicting is the camera that ownDevice refuses another one for; zero if none.
func (g *Gate) conflicting(ctx context.Context, rows store.View, c store.Camera, a cameras.Access, at leads) (store.Camera, error) {
	list, err := rows.Cameras(ctx)
	if err != nil {
		return store.Camera{}, err
	}
	for _, r := range list {
		if r.ID == c.ID {
			continue
		}
		other, err := g.openAccess(r)
		if err != nil {
			continue // what does not open was counted, and has no worker
		}
		switch {
		case r.Owner == c.Owner:
			if a.Pin.Same(other.Pin) && sameAddress(a.Main, other.Main) {
				return r, nil
			}
		case g.oneDevice(a, other, at) && (!other.Pin.IsZero() || reachedSince(r, other).Before(reachedSince(c, a))):
			return r, nil
		}
	}
	return store.Camera{}, nil
}

// oneDevice reports whether nothing tells two cameras from one: by their pins they are one
// device, or nothing speaks against it, and they are not known to be two of its channels.
func (g *Gate) oneDevice(a, o cameras.Access, at leads) bool {
	channels := a.Source != "" && o.Source != "" && a.Source != o.Source
	return !channels && (a.Pin.Same(o.Pin) || g.respelled(a, o) || g.untold(a, o, at))
}

// respelled reports whether a camera shows the serial number of another one in the words of
// a newer firmware, where the kernel sees the link layer address that it saw when that one
// was last recognised: so that one itself would be recognised, too.
func (g *Gate) respelled(a, o cameras.Access) bool {
	return a.Pin.Respells(o.Pin) && o.MAC != "" && g.linkOf(a) == o.MAC
}

// sameAddress compares two addresses of streams, whichever way they are spelled.
func sameAddress(a, b string) bool {
	u, err := url.Parse(a)
	o, err2 := url.Parse(b)
	if err != nil || err2 != nil {
		return a == b
	}
	return u.Scheme == o.Scheme && hostOf(a) == hostOf(b) && cameras.PortOf(u) == cameras.PortOf(o) && samePath(u, o)
}

func samePath(u, o *url.URL) bool {
	return strings.Trim(u.EscapedPath(), "/") == strings.Trim(o.EscapedPath(), "/") && u.RawQuery == o.RawQuery
}

// sameChannel reports whether two addresses of one device are of the same of its
// channels: they differ in the host alone, or in whether it is encrypted, which has a
// port of its own.
func sameChannel(a, b string) bool {
	u, err := url.Parse(a)
	o, err2 := url.Parse(b)
	return err == nil && err2 == nil && samePath(u, o) && (cameras.PortOf(u) == cameras.PortOf(o) || u.Scheme != o.Scheme)
}

// knownDevice counts that a device of somebody's presents the identity of a camera,
// and tells the owner of that. Whose camera it is, is not said to who presents it.
func (g *Gate) knownDevice(c store.Camera, by store.AccountID) error {
	g.cfg.Vault.Refusals().Note(vault.Crossing{Site: "camera identity", Camera: c.ID, Account: by})
	return ErrKnownDevice
}

// taken is knownDevice where the database itself refused a pin, of which it does not
// say whose it is.
func (g *Gate) taken(c store.Camera, err error) error {
	if errors.Is(err, store.ErrTaken) {
		return g.knownDevice(c, c.Owner)
	}
	return err
}

// accessOf is a camera's row with how it is reached.
func (g *Gate) accessOf(ctx context.Context, id media.CameraID) (row store.Camera, access cameras.Access, err error) {
	if row, err = g.cfg.Store.Camera(ctx, id); err != nil {
		return row, access, err
	}
	access, err = g.openAccess(row)
	return row, access, err
}

// Learned stores the pin of a camera that had none, or one that tells less;
// cameras.Config.Learned. For a device that is another camera already it returns
// cameras.ErrOtherCamera.
func (g *Gate) Learned(ctx context.Context, id media.CameraID, p cameras.Pin) error {
	row, access, err := g.accessOf(ctx, id)
	if err != nil {
		return g.answer(err)
	}
	switch {
	case access.Pin == p:
		return nil
	case !access.Pin.IsZero() && !p.Replaces(access.Pin):
		return g.crossing("camera pin", row.ID, row.Owner)
	}
	access.Pin = p
	at, err := g.leadsOf(ctx, row, access)
	if err != nil {
		return g.answer(err)
	}
	err = g.setAccessIf(ctx, row, access, func(tx *store.Tx) error { return g.ownDeviceAt(ctx, tx.View, row, access, at) })
	if err = g.taken(row, err); errors.Is(err, ErrKnownDevice) {
		return fmt.Errorf("%w: %w", err, cameras.ErrOtherCamera)
	}
	return g.answer(err)
}

// DigestOffered keeps beside the pin that the address of a camera's stream asked
// for the password as a digest; cameras.Config.DigestOffered.
func (g *Gate) DigestOffered(ctx context.Context, id media.CameraID, s media.StreamID) error {
	row, access, err := g.accessOf(ctx, id)
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
	return g.setAccessIf(ctx, row, access, func(*store.Tx) error { return nil })
}

// setAccessIf is setAccess if a check in the same transaction finds nothing.
func (g *Gate) setAccessIf(ctx context.Context, row store.Camera, access cameras.Access, check func(tx *store.Tx) error) error {
	b, err := json.Marshal(access)
	if err != nil {
		return ErrInput
	}
	sealed := g.cfg.Vault.SealAccess(row.ID, row.Owner, b)
	return g.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		if err := check(tx); err != nil {
			return err
		}
		return tx.SetCameraAccess(ctx, row.ID, row.Access, sealed, g.pinHash(access))
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
		if err != nil || bytes.Equal(row.PinHash, g.pinHash(access)) {
			continue // what does not open was counted, and has no worker
		}
		err = g.taken(row, g.setAccess(ctx, row, access))
		if errors.Is(err, ErrKnownDevice) {
			// Without a pin it is refused when its device is met, and says why.
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
