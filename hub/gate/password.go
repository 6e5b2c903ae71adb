package gate

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/url"
	"time"

	"lares/cameras"
	"lares/cameras/media"
	"lares/hub/store"
	"lares/hub/vault"
)

// A device that shows nothing by which it is recognised is known by its address
// and its password alone. If two owners' cameras had one password, each would
// open the other's when addresses change places, and nobody would notice.

// Unpinned hears that a camera's device shows nothing to recognise it by;
// cameras.Config.Unpinned. For one that nothing tells from another owner's, which is
// recognised or was there before it, it returns cameras.ErrOtherCamera, and for one whose
// user name and password a camera of another owner had before it
// cameras.ErrSharedPassword: nobody takes a camera off the air by adding one with its
// address or password, or by giving it to one.
func (g *Gate) Unpinned(ctx context.Context, id media.CameraID) error {
	row, access, err := g.accessOf(ctx, id)
	if err != nil {
		return g.answer(err)
	}
	at, err := g.leadsOf(ctx, row, access)
	if err != nil {
		return g.answer(err)
	}
	other, err := g.conflicting(ctx, g.cfg.Store.View, row, access, at)
	if err != nil {
		return g.answer(err)
	}
	if !other.ID.IsZero() {
		return fmt.Errorf("%w: %w", g.knownDevice(other, row.Owner), cameras.ErrOtherCamera)
	}
	since := reachedSince(row, access)
	older := func(other store.Camera, a cameras.Access) bool { return reachedSince(other, a).Before(since) }
	err = g.samePassword(ctx, g.cfg.Store.View, row, access, older)
	if errors.Is(err, ErrSharedPassword) {
		return fmt.Errorf("%w: %w", err, cameras.ErrSharedPassword)
	}
	return g.answer(err)
}

// ownPassword refuses a camera that has the password of another owner's camera, if
// nothing will tell one of the two from another device, and after too many passwords that
// the owner did not use before any: ErrGuesses. It runs in the transaction that enters the
// camera.
func (g *Gate) ownPassword(ctx context.Context, rows store.View, c store.Camera, a cameras.Access) error {
	fresh, err := g.freshPassword(ctx, rows, c.Owner, a)
	if err != nil {
		return err
	}
	if fresh && !g.guesses.take(c.Owner, g.cfg.Clock.Now()) {
		return ErrGuesses
	}
	told := g.pinnable(a)
	return g.samePassword(ctx, rows, c, a, func(_ store.Camera, other cameras.Access) bool { return !told || !g.pinnable(other) })
}

// freshPassword reports whether none of an owner's cameras in use has this user name and
// password.
func (g *Gate) freshPassword(ctx context.Context, rows store.View, owner store.AccountID, a cameras.Access) (bool, error) {
	if a.Password == "" {
		return false, nil
	}
	list, err := rows.Cameras(ctx)
	if err != nil {
		return false, err
	}
	for _, r := range list {
		if r.Owner != owner {
			continue
		}
		own, err := g.openAccess(r)
		if err == nil && same(a.Username, own.Username)&same(a.Password, own.Password) == 1 {
			return false, nil
		}
	}
	return true, nil
}

// reachedSince is when a camera came by its host and its password.
func reachedSince(c store.Camera, a cameras.Access) time.Time {
	if at := time.UnixMilli(a.Since); a.Since != 0 && at.After(c.Added) {
		return at
	}
	return c.Added
}

// pinnable reports whether a camera is recognised, or may be once it was met: by
// the serial number that ONVIF tells, by the key of an encrypted stream, or by the
// link layer address. Behind a name there may be one.
func (g *Gate) pinnable(a cameras.Access) bool {
	if !a.Pin.IsZero() && !a.Pin.Weak() || a.ONVIF != "" {
		return true
	}
	u, err := url.Parse(a.Main)
	if err != nil {
		return false
	}
	at := hostAddr(a.Main)
	return u.Scheme == "rtsps" || cameras.WebScheme(u.Scheme) == "https" || !at.IsValid() || g.cfg.LinkAddress(at) != ""
}

// samePassword compares a camera's user name and password with those of the cameras
// in use of all other owners that count. Nothing is kept of that. For one that has them
// it returns ErrSharedPassword, and the owner of the other one is told that somebody's
// camera has; whose that is, and which camera, is said to nobody.
func (g *Gate) samePassword(
	ctx context.Context, rows store.View, c store.Camera, a cameras.Access, counts func(store.Camera, cameras.Access) bool,
) error {
	if a.Password == "" {
		return nil // who needs none shares none
	}
	list, err := rows.Cameras(ctx)
	if err != nil {
		return err
	}
	for _, r := range list {
		if r.Owner == c.Owner || r.ID == c.ID {
			continue
		}
		other, err := g.openAccess(r)
		if err != nil {
			continue // what does not open was counted, and has no worker
		}
		if same(a.Username, other.Username)&same(a.Password, other.Password) == 1 && counts(r, other) {
			g.cfg.Vault.Refusals().Note(vault.Crossing{Site: "camera password", Camera: r.ID})
			return ErrSharedPassword
		}
	}
	return nil
}

func same(a, b string) int { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) }
