package vault

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/hub/store"
)

// epochBinding is the HPKE info of an epoch key sealed to one principal. Hub is
// that of the epoch's record.
func epochBinding(hub media.HubID, w store.EpochWrap, to seal.PublicKey) []byte {
	print := to.Fingerprint()
	return seal.Bind("lares epoch key v1", hub[:], w.Camera[:], []byte(w.Part), w.KID[:], w.Principal[:], seal.U32(w.Version), print[:])
}

func wrapEpochKey(wraps []store.EpochWrap, hub media.HubID, camera media.CameraID, part seal.Part, key seal.PrivateKey, to store.Principal) ([]store.EpochWrap, error) {
	public, err := seal.ParsePublicKey(to.KEMPublic)
	if err != nil {
		return nil, err
	}
	seed, err := key.Bytes()
	if err != nil {
		return nil, err
	}
	w := store.EpochWrap{KID: seal.KID(camera, part, key.Public()), Principal: to.ID, Version: to.Version, Camera: camera, Part: part}
	if w.Sealed, err = public.SealKey(epochBinding(hub, w, public), seed); err != nil {
		return nil, err
	}
	return append(wraps, w), nil
}

// History is store keys of a camera, sealed to somebody else by its owner.
type History map[media.KeyID]store.EpochWrap

// SealHistory does the slow part of ShareHistory while nothing waits to write.
func (v *Vault) SealHistory(ctx context.Context, owner *OpenedAccount, camera store.Camera, with store.PrincipalID, since time.Time) (History, error) {
	return v.sealHistory(ctx, v.cfg.Store.View, owner, camera, with, since, nil)
}

// ShareHistory seals every store key of the camera that its owner can open, of
// the epochs that began at since or later, to another account or a token. Call
// it before the NewEpoch that adds it. What is ready, and still sealed to the
// keys that the other one has now, is not sealed again.
func (v *Vault) ShareHistory(ctx context.Context, tx *store.Tx, owner *OpenedAccount, camera store.Camera, with store.PrincipalID, since time.Time, ready History) error {
	sealed, err := v.sealHistory(ctx, tx.View, owner, camera, with, since, ready)
	if err != nil {
		return err
	}
	for _, w := range sealed {
		v.keep(tx, epochWrapEntry(w))
	}
	return tx.AddEpochWraps(ctx, slices.Collect(maps.Values(sealed)))
}

func (v *Vault) sealHistory(ctx context.Context, rows store.View, owner *OpenedAccount, camera store.Camera, with store.PrincipalID, since time.Time, ready History) (History, error) {
	if owner.id != camera.Owner {
		return nil, v.crossedCamera("epoch owner", camera.ID)
	}
	to, err := v.checked(rows.NewestPrincipal(ctx, with))
	if err != nil {
		return nil, fmt.Errorf("vault: keys of a member: %w", err)
	}
	held, err := rows.EpochWraps(ctx, camera.ID, owner.id)
	if err != nil {
		return nil, err
	}
	sealed := History{}
	for _, w := range held {
		if w.Part != seal.Store {
			continue
		}
		if r, ok := ready[w.KID]; ok && r.Camera == camera.ID && r.Principal == to.ID && r.Version == to.Version {
			sealed[w.KID] = r
			continue
		}
		key, r, err := owner.epochKey(ctx, rows, camera.ID, seal.Store, w.KID)
		if err != nil {
			return nil, err
		}
		if r.since.Before(since) {
			continue
		}
		wraps, err := wrapEpochKey(nil, r.hub, camera.ID, seal.Store, key, to)
		if err != nil {
			return nil, err
		}
		sealed[w.KID] = wraps[0]
	}
	return sealed, nil
}

// EpochKey opens the private half of one of a camera's keys with the account's
// own wrap of it: the second step of lock 2. It returns ErrNoKey where there is
// no wrap, and seal.ErrCrossed for one that leads to another key.
func (a *OpenedAccount) EpochKey(ctx context.Context, camera media.CameraID, part seal.Part, kid media.KeyID) (seal.PrivateKey, error) {
	key, _, err := a.epochKey(ctx, a.vault.cfg.Store.View, camera, part, kid)
	return key, err
}

// epochKey returns the epoch's record too: what else belongs to that epoch is
// bound to its hub.
func (a *OpenedAccount) epochKey(ctx context.Context, rows store.View, camera media.CameraID, part seal.Part, kid media.KeyID) (none seal.PrivateKey, r *record, err error) {
	v := a.vault
	if part == seal.Store {
		if err := openable(ctx, rows); err != nil {
			return none, nil, err
		}
	}
	w, err := rows.EpochWrap(ctx, kid, a.id)
	if !lock2 {
		return a.commonKey(ctx, rows, camera, part, kid)
	}
	if errors.Is(err, store.ErrNoRow) {
		return none, nil, ErrNoKey
	}
	if err != nil {
		return none, nil, err
	}
	if fault.On {
		w = fault.Swap(fault.EpochWrap, a.id.String(), w)
	}
	if w.KID != kid || w.Principal != a.id || w.Version != a.version || w.Camera != camera || w.Part != part {
		return none, nil, v.crossedCamera("epoch wrap", camera)
	}
	e, err := rows.EpochByKID(ctx, kid)
	if err != nil {
		return none, nil, err
	}
	if fault.On {
		e = fault.Swap(fault.EpochRecord, camera.String(), e)
	}
	if e.Camera != camera || part == seal.Live && e.LiveKID != kid || part == seal.Store && e.StoreKID != kid {
		return none, nil, v.crossedCamera(fault.EpochRecord, camera)
	}
	if r, err = v.verify(ctx, rows, e); err != nil {
		return none, nil, err
	}
	if r.camera != camera || part == seal.Live && r.liveKID != kid || part == seal.Store && r.storeKID != kid {
		return none, nil, v.crossedCamera(fault.EpochRecord, camera)
	}
	if err := a.isNamed(ctx, rows, r); err != nil {
		return none, nil, err
	}
	seed, err := a.kem.OpenKey(epochBinding(r.hub, w, a.kem.Public()), w.Sealed)
	if err != nil {
		return none, nil, v.crossedCamera("epoch wrap", camera)
	}
	key, err := seal.ParsePrivateKey(seed)
	// HPKE opens forged wraps: what was opened must be the key of the record.
	if err != nil || seal.KID(camera, part, key.Public()) != kid {
		return none, nil, v.crossedCamera("epoch wrap", camera)
	}
	return key, r, nil
}

// isNamed refuses keys other than those that a record names for this principal.
// A record from before it was shared with, or before its keys changed, does not
// name them at all: then the wrap alone decides.
func (a *OpenedAccount) isNamed(ctx context.Context, rows store.View, r *record) error {
	named, ok := r.principal(a.id)
	if !ok || named.version != a.version {
		return nil
	}
	row, err := rows.Principal(ctx, a.id, a.version)
	if err != nil && !errors.Is(err, store.ErrNoRow) {
		return err
	}
	if err != nil || a.vault.fingerprint(row) != named.fingerprint || !bytes.Equal(row.KEMPublic, a.kem.Public().Bytes()) {
		return a.vault.crossedCamera("fingerprint", r.camera)
	}
	return nil
}
