package vault

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/hub/store"
)

// verify checks an epoch's record against the hub's key, its owner's key, its
// camera's row and the records before it, and returns it. Nothing is sealed or
// opened with a key that did not come from here.
func (v *Vault) verify(ctx context.Context, rows store.View, e store.Epoch) (*record, error) {
	camera, err := rows.Camera(ctx, e.Camera)
	if err != nil {
		return nil, err
	}
	r, before, err := v.verifyOne(ctx, rows, camera, e)
	if err != nil {
		return nil, err
	}
	// What the hub signed alone stands on the record before it, down to one
	// that the owner signed.
	for last := r; last.hubAlone(); {
		b, further, err := v.verifyOne(ctx, rows, camera, before)
		if err != nil {
			return nil, err
		}
		if !last.within(b) {
			return nil, v.crossedCamera("epoch record", camera.ID)
		}
		last, before = b, further
	}
	return r, nil
}

// verifyOne checks one record and finds the one it is chained to.
func (v *Vault) verifyOne(ctx context.Context, rows store.View, camera store.Camera, e store.Epoch) (r *record, before store.Epoch, err error) {
	if r, err = parseRecord(e.Record); err != nil {
		return nil, before, v.crossedCamera("epoch record", camera.ID)
	}
	switch {
	case r.camera != camera.ID, e.Camera != camera.ID, r.owner != camera.Owner, r.ordinal != e.Ordinal,
		r.liveKID != e.LiveKID, r.storeKID != e.StoreKID,
		r.liveKID != seal.KID(camera.ID, seal.Live, r.live), r.storeKID != seal.KID(camera.ID, seal.Store, r.store),
		!v.verified(r.hub, recordHubLabel, slices.Concat(r.body, r.ownerSig), r.hubSig):
		return nil, before, v.crossedCamera("epoch record", camera.ID)
	}
	if !r.hubAlone() {
		owner, err := v.checked(rows.Principal(ctx, r.owner, r.ownerVersion))
		if err != nil {
			return nil, before, err
		}
		if !seal.Verify(owner.SignPublic, recordOwnerLabel, r.body, r.ownerSig) {
			return nil, before, v.crossedCamera("epoch record", camera.ID)
		}
	}
	if r.ordinal == 1 {
		if r.hubAlone() || r.previous != [32]byte{} {
			return nil, before, v.crossedCamera("epoch record", camera.ID)
		}
		return r, before, nil
	}
	before, err = rows.Epoch(ctx, camera.ID, r.ordinal-1)
	if err != nil && !errors.Is(err, store.ErrNoRow) {
		return nil, before, err
	}
	if err != nil || recordHash(before.Record) != r.previous || !v.key.follows(r.hub, recordHub(before.Record)) {
		return nil, before, v.crossedCamera("epoch chain", camera.ID)
	}
	return r, before, nil
}

// newest is the camera's verified epoch of now.
func (v *Vault) newest(ctx context.Context, rows store.View, camera media.CameraID) (store.Epoch, *record, error) {
	e, err := rows.NewestEpoch(ctx, camera)
	if err != nil {
		return e, nil, fmt.Errorf("vault: newest epoch: %w", err)
	}
	r, err := v.verify(ctx, rows, e)
	if err == nil {
		err = v.watchMembers(ctx, rows, r)
	}
	return e, r, err
}

// watchMembers counts each principal of a record whose row of public keys is not
// the one that the record names. That is an alarm and no reason to stop: what is
// sealed under this epoch opens with the keys it was made for, and nobody new is
// let in before NewEpoch has compared again, and refused.
func (v *Vault) watchMembers(ctx context.Context, rows store.View, r *record) error {
	for _, named := range r.principals {
		row, err := rows.Principal(ctx, named.id, named.version)
		if errors.Is(err, store.ErrNoRow) {
			continue // left the hub
		}
		if err != nil {
			return err
		}
		if row.ID != named.id || v.fingerprint(row) != named.fingerprint {
			v.refused.Note(Crossing{Site: "fingerprint", Camera: r.camera})
		}
	}
	return nil
}

// Member is an account or a token that a camera is shared with.
type Member struct {
	Principal store.PrincipalID
	Store     bool // it gets the store key too, not live alone
	// Confirmed accepts other keys than those the record before names.
	Confirmed bool
}

// Change says what a new epoch changes in who holds its keys.
type Change struct {
	// Owner is the camera's owner, present with its opened secret; it signs.
	// Without it the hub signs alone, and may only take away.
	Owner *OpenedAccount
	// Add, if set, joins or replaces a member; it needs Owner.
	Add *Member
	// Keep says which members of the epoch before stay; nil: all.
	Keep func(store.PrincipalID) bool
}

// NewEpoch starts a camera's next epoch, or its first: new key pairs, wraps for
// everyone who holds them, a signed record, on the keyring before it returns.
// Who holds keys follows from the signed record before, never from rows. A
// member who has a later version of its keys since is left out, and its grant
// marked as unconfirmed; one whose keys are others without that is refused
// (seal.ErrCrossed). An owner who is not present and has later keys is left out
// likewise: the camera waits for it to sign in, and what is taken from others
// meanwhile does not. ErrKeysChanged says so of Change.Add. One who is present
// with other keys than its newest is refused (ErrNoKey): they were changed since
// it was opened.
func (v *Vault) NewEpoch(ctx context.Context, tx *store.Tx, camera store.Camera, c Change) error {
	if c.Owner != nil && c.Owner.id != camera.Owner || c.Add != nil && c.Owner == nil {
		return v.crossedCamera("epoch owner", camera.ID)
	}
	if c.Owner != nil {
		if err := c.Owner.isNewest(ctx, tx.View); err != nil {
			return err
		}
	}
	r, members, err := v.draft(ctx, tx, camera, c)
	if err != nil {
		return err
	}
	live, err := newKey(camera.ID, seal.Live, r.ordinal)
	if err != nil {
		return err
	}
	stored, err := newKey(camera.ID, seal.Store, r.ordinal)
	if err != nil {
		return err
	}
	r.live, r.store = live.Public(), stored.Public()
	r.liveKID, r.storeKID = seal.KID(camera.ID, seal.Live, r.live), seal.KID(camera.ID, seal.Store, r.store)
	e := store.Epoch{Camera: camera.ID, Ordinal: r.ordinal, LiveKID: r.liveKID, StoreKID: r.storeKID, Since: r.since}
	e.Record = r.sign(v, c.Owner)
	var wraps []store.EpochWrap
	for i, m := range members {
		if r.principals[i].parts.has(seal.Live) {
			if wraps, err = wrapEpochKey(wraps, r.hub, camera.ID, seal.Live, live, m); err != nil {
				return err
			}
		}
		if r.principals[i].parts.has(seal.Store) {
			if wraps, err = wrapEpochKey(wraps, r.hub, camera.ID, seal.Store, stored, m); err != nil {
				return err
			}
		}
	}
	entries := []entry{epochEntry(e)}
	for _, w := range wraps {
		entries = append(entries, epochWrapEntry(w))
	}
	grants, err := tx.Grants(ctx, camera.ID)
	if err != nil {
		return err
	}
	for _, g := range grants {
		if _, named := r.principal(g.Account); named || g.Unconfirmed {
			entries = append(entries, grantEntry(g))
		}
	}
	v.keep(tx, entries...)
	return tx.AddEpoch(ctx, e, wraps)
}

// draft fills in all of a new record but its keys, and finds the public keys of
// its principals, in the same order.
func (v *Vault) draft(ctx context.Context, tx *store.Tx, camera store.Camera, c Change) (*record, []store.Principal, error) {
	r := &record{hub: v.key.hub, camera: camera.ID, ordinal: 1, owner: camera.Owner, since: v.cfg.Clock.Now()}
	before, old, err := v.newest(ctx, tx.View, camera.ID)
	switch {
	case err == nil:
		r.ordinal, r.previous, r.ownerVersion = before.Ordinal+1, recordHash(before.Record), old.ownerVersion
	case errors.Is(err, store.ErrNoRow) && c.Owner != nil:
		old = &record{}
	default:
		return nil, nil, err
	}
	if c.Owner != nil {
		r.ownerVersion = c.Owner.version
	}
	want := map[store.PrincipalID]parts{}
	if _, named := old.principal(camera.Owner); named || c.Owner != nil {
		want[camera.Owner] = hasLive | hasStore
	}
	for _, p := range old.principals {
		if p.id != camera.Owner && (c.Keep == nil || c.Keep(p.id)) {
			want[p.id] = p.parts
		}
	}
	if c.Add != nil && c.Add.Principal != camera.Owner {
		want[c.Add.Principal] = hasLive
		if c.Add.Store {
			want[c.Add.Principal] |= hasStore
		}
	}
	var keys []store.Principal
	for id, parts := range want {
		p, err := v.member(ctx, tx, old, camera, c, id)
		if err != nil {
			return nil, nil, err
		}
		if p.ID.IsZero() {
			continue
		}
		keys = append(keys, p)
		r.principals = append(r.principals, principal{id: id, version: p.Version, fingerprint: v.fingerprint(p), parts: parts})
	}
	if len(keys) > maxPrincipals {
		return nil, nil, fmt.Errorf("vault: a camera shared with more than %d accounts and tokens", maxPrincipals)
	}
	slices.SortFunc(r.principals, func(a, b principal) int { return slices.Compare(a.id[:], b.id[:]) })
	slices.SortFunc(keys, func(a, b store.Principal) int { return slices.Compare(a.ID[:], b.ID[:]) })
	return r, keys, nil
}

// member finds the keys of one who is to be in a new record; none at all for one
// who is left out.
func (v *Vault) member(ctx context.Context, tx *store.Tx, old *record, camera store.Camera, c Change, id store.PrincipalID) (none store.Principal, err error) {
	p, err := v.checked(tx.NewestPrincipal(ctx, id))
	if err != nil {
		return none, fmt.Errorf("vault: keys of a member: %w", err)
	}
	added := c.Add != nil && c.Add.Principal == id
	if q, ok := old.principal(id); ok {
		err = v.standing(ctx, tx.View, camera.ID, q, p)
	}
	switch {
	case err == nil, errors.Is(err, ErrKeysChanged) && (added && c.Add.Confirmed || id == camera.Owner && c.Owner != nil):
		return p, nil
	case errors.Is(err, ErrKeysChanged) && id == camera.Owner:
		return none, nil
	case errors.Is(err, ErrKeysChanged) && !added:
		return none, tx.Unconfirm(ctx, camera.ID, id, v.cfg.Clock.Now())
	}
	return none, err
}

// Members are the accounts and tokens that the camera's newest, verified record
// names.
func (v *Vault) Members(ctx context.Context, camera media.CameraID) ([]store.PrincipalID, error) {
	_, r, err := v.newest(ctx, v.cfg.Store.View, camera)
	if err != nil {
		return nil, err
	}
	var ids []store.PrincipalID
	for _, p := range r.principals {
		ids = append(ids, p.id)
	}
	return ids, nil
}
