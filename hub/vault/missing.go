package vault

import (
	"context"
	"errors"
	"slices"
	"time"

	"lares/cameras/media"
	"lares/hub/store"
	"lares/recorder/sealed"
)

// missing is what the keyrings say about cameras that the database does not
// have. It is set while the hub opens, by one goroutine, and read afterwards.
type missing struct {
	removed  map[[16]byte]bool          // accounts and cameras that were taken away
	keys     map[media.CameraID][]entry // epochs and wraps of cameras that nothing took away
	homeless map[media.CameraID]bool    // cameras of clips, of which nothing at all is known
	word     time.Time                  // of the database, the newest when the hub opened
	unlisted time.Time                  // the start of a clip of after that word which is not listed
}

// readRemoved finds out what was taken away.
func (v *Vault) readRemoved() {
	v.missing.removed = map[[16]byte]bool{}
	for _, r := range v.rings {
		for _, e := range r.entries {
			if id, ok := parseRemoved(e.entry); ok {
				v.missing.removed[id] = true
			}
		}
	}
}

// readMissing collects what the keyrings have of cameras that the database does
// not have and nothing took away: the first epoch of one whose row was never
// committed, or of one that was lost.
func (v *Vault) readMissing(ctx context.Context, places []link) error {
	rows, err := v.cfg.Store.AllCameras(ctx)
	if err != nil {
		return err
	}
	known := map[media.CameraID]bool{}
	for _, c := range rows {
		known[c.ID] = true
	}
	v.missing.keys, v.missing.homeless = map[media.CameraID][]entry{}, map[media.CameraID]bool{}
	for i, r := range v.rings {
		if !r.through(places[i]) {
			continue // nothing of it is taken over
		}
		for _, e := range r.entries {
			id, ok := cameraOf(e.entry)
			if ok && !known[id] && !v.missing.removed[id] {
				v.missing.keys[id] = append(v.missing.keys[id], e.entry)
			}
		}
	}
	return nil
}

// cameraOf is whose epoch or wrap an entry is.
func cameraOf(e entry) (id media.CameraID, ok bool) {
	switch e.kind {
	case entryEpoch:
		r, err := parseRecord(e.payload)
		if err == nil {
			return r.camera, true
		}
	case entryEpochWrap:
		w, ok := parseEpochWrap(e.payload)
		return w.Camera, ok
	}
	return id, false
}

// lost reports whether a camera that has no epoch in the database had one: its
// owner is there, and nothing took it away.
func (v *Vault) lost(ctx context.Context, r *record) (bool, error) {
	if v.missing.removed[r.camera] {
		return false, nil
	}
	_, err := v.cfg.Store.Account(ctx, r.owner)
	return err == nil, onlyOther(err)
}

// Sighted is told of a clip file that the database does not list. One of this
// hub that is sealed to a key which the database does not know, or knows from
// the keyring since this start, is newer than its newest epoch: a crash before
// the commit of that epoch leaves no clip behind. Two that began after all that the
// database knows, and crashWindow apart, are more than a crash leaves unlisted.
func (v *Vault) Sighted(ctx context.Context, h sealed.Header) error {
	_, err := v.cfg.Store.EpochByKID(ctx, h.KID)
	if err == nil && !slices.Contains(v.caught, h.KID) {
		return v.sightedLater(ctx, h)
	}
	if onlyOther(err) != nil {
		return err
	}
	_, err = v.cfg.Store.Camera(ctx, h.Camera)
	if errors.Is(err, store.ErrNoRow) {
		return v.sightedUnknown(ctx, h)
	}
	if err != nil {
		return err
	}
	return v.Older(ctx, "clip "+h.Clip.String())
}

// crashWindow is longer than rows of clips wait for the database while it takes any.
const crashWindow = time.Minute

// sightedLater is told of a clip that is not listed and sealed to a key that the
// database knows.
func (v *Vault) sightedLater(ctx context.Context, h sealed.Header) error {
	m := &v.missing
	if !h.Start.After(m.word) {
		return nil
	}
	if m.unlisted.IsZero() {
		m.unlisted = h.Start
	}
	if h.Start.Sub(m.unlisted).Abs() < crashWindow {
		return nil
	}
	return v.Older(ctx, "clip "+h.Clip.String())
}

// sightedUnknown is told of a clip of a camera that the database does not have.
// Of one that was taken away the files are being erased; any other was in the
// database once. What the keyring has of it is taken over, as by a repair.
func (v *Vault) sightedUnknown(ctx context.Context, h sealed.Header) error {
	rows, err := v.cfg.Store.AllCameras(ctx)
	if err != nil {
		return err
	}
	if v.missing.removed[h.Camera] || slices.ContainsFunc(rows, func(c store.Camera) bool { return c.ID == h.Camera }) {
		return nil
	}
	made := Replayed{}
	if keys := v.missing.keys[h.Camera]; len(keys) > 0 {
		err = v.cfg.Store.Update(ctx, func(tx *store.Tx) (err error) {
			made, err = v.replay(ctx, tx, keys, true)
			return err
		})
		if err != nil {
			return err
		}
	}
	if len(made.Made) == 0 {
		v.missing.homeless[h.Camera] = true
	}
	return v.Older(ctx, "clip "+h.Clip.String())
}

// settleHomeless notes that cameras of which nothing but clips is left are no
// more, for the operator says that all is well: no key opens those, and they
// would be found anew at each start.
func (v *Vault) settleHomeless(tx *store.Tx) {
	for id := range v.missing.homeless {
		v.Removed(tx, id)
	}
}
