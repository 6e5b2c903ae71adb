package vault

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"lares/cameras/media"
	"lares/hub/store"
)

// ErrRolledBack says that the database was found to be older than keys or
// recordings: nothing stored opens until the operator confirms.
var ErrRolledBack = errors.New("vault: the database is older than the recordings")

// catchUp brings a database that is older than a keyring up to it: accounts,
// passwords and epochs are taken over, and whoever the newest record of a
// camera does not name loses grant and keys. So what was revoked stays revoked.
//
// One transaction more than the database has is what a crash leaves between
// keyring and commit. More than one is an older database.
//
// A keyring that does not lead through the place that the database noted is
// another one than the database knows: nothing of it is taken over, and the
// database counts as old; but see fork.go.
func (v *Vault) catchUp(ctx context.Context) error {
	v.readRemoved()
	word, err := v.cfg.Store.NewestWord(ctx)
	if err != nil {
		return err
	}
	v.missing.word = word
	known, err := v.known(ctx)
	if err != nil {
		return err
	}
	noted := true
	for i, r := range v.rings {
		noted = noted && r.last.end == known[i].end && r.last.code == known[i].code
		if err := v.cfg.Store.Update(ctx, func(tx *store.Tx) error { return v.catchUpOne(ctx, tx, r, known[i]) }); err != nil {
			return fmt.Errorf("vault: taking over the keyring: %w", err)
		}
	}
	if err := v.readMissing(ctx, known); err != nil {
		return err
	}
	for _, r := range v.rings {
		r.entries, r.links = nil, nil
	}
	if _, err := v.cfg.Store.Setting(ctx, store.SettingKeyring); err == nil && noted {
		return nil
	}
	err = v.cfg.Store.Update(ctx, func(tx *store.Tx) error { return v.noteCaughtUp(ctx, tx) })
	if err == nil && v.rejoined {
		err = v.bumpJoined(ctx)
	}
	return err
}

// noteCaughtUp notes that the database has what the keyrings have, and after a join
// that no branch leads off them any more.
func (v *Vault) noteCaughtUp(ctx context.Context, tx *store.Tx) error {
	if err := v.noteKnown(ctx, tx); err != nil || !v.rejoined {
		return err
	}
	v.joined = v.ends()
	return v.noteForks(ctx, tx, v.joined)
}

// catchUpOne takes over what a keyring has beyond the place that the database knows. What
// is held back, that does not give either.
func (v *Vault) catchUpOne(ctx context.Context, tx *store.Tx, r *ring, known link) error {
	err := v.takeOver(ctx, tx, r, known)
	if err == nil && v.held {
		err = v.holdShares(ctx, tx)
	}
	return err
}

func (v *Vault) takeOver(ctx context.Context, tx *store.Tx, r *ring, known link) error {
	if f, ok, err := v.parted(ctx, tx.View, r, known); err != nil {
		return err
	} else if ok {
		return v.rejoin(ctx, tx, r, f, known)
	}
	if r.last.end < known.end { // an older copy of the keyring, or one without its end
		v.cfg.Log.Warn("the keyring lacks what the database has; it is written again", "keyring", r.path)
		return v.refill(ctx, tx, r.entries)
	}
	if v.stranger(r, known) {
		return errors.Join(v.refill(ctx, tx, nil), v.rolledBack(ctx, tx, "keyring"))
	}
	entries, groups := r.after(known.end)
	if len(entries) == 0 {
		return nil
	}
	// A camera that only one transaction names was never in use.
	got, err := v.replay(ctx, tx, entries, groups > 1)
	if err != nil {
		return err
	}
	v.caught = append(v.caught, got.kids...)
	v.cfg.Log.Warn("the keyring is newer than the database; what it says was taken over", "keyring", r.path, "records", len(entries), "transactions", groups)
	if groups > 1 {
		return v.rolledBack(ctx, tx, "keyring")
	}
	return nil
}

// stranger reports, and counts, a keyring that is as long as the one which the
// database noted, and another one: nothing of it is taken over.
func (v *Vault) stranger(r *ring, known link) bool {
	if r.through(known) {
		return false
	}
	v.refused.Count("keyring")
	v.cfg.Log.Error("the keyring is not the one that the database knows; nothing of it is taken over, and it is written again", "keyring", r.path)
	return true
}

// through reports whether the keyring leads through a place that was noted;
// nothing is held against one that was noted without a code.
func (r *ring) through(known link) bool {
	return known.code == [sha256.Size]byte{} || slices.ContainsFunc(r.links, func(l link) bool { return l.end == known.end && l.code == known.code })
}

// known is how far each keyring is known to the database. One that does not note
// that knows all up to the last record that it has; such a place has no code, and
// neither has one where epochs were lost.
func (v *Vault) known(ctx context.Context) ([]link, error) {
	b, err := v.cfg.Store.Setting(ctx, store.SettingKeyring)
	if onlyOther(err) != nil {
		return nil, err
	}
	known := make([]link, len(v.rings))
	for i, r := range v.rings {
		if len(b) == noteSize*len(v.rings) {
			known[i] = parseNote(b[noteSize*i:])
			continue
		}
		for _, e := range r.entries {
			has, err := v.has(ctx, e.entry)
			if err != nil {
				return nil, err
			}
			if has {
				known[i].end = e.end
			}
		}
	}
	for i, r := range v.rings {
		if !r.through(known[i]) {
			continue // what it says counts for nothing
		}
		gap, err := v.gap(ctx, r)
		if err != nil {
			return nil, err
		}
		if gap >= 0 && gap < known[i].end {
			known[i] = link{end: gap}
		}
	}
	return known, nil
}

// gap is where a keyring has epochs of a camera that the database lost, though
// it notes that it knew them, or the whole camera: two at least, for a commit
// that failed leaves one. It is negative if there is none.
func (v *Vault) gap(ctx context.Context, r *ring) (int64, error) {
	have, err := v.cfg.Store.NewestOrdinals(ctx)
	if err != nil {
		return 0, err
	}
	newest, at := map[media.CameraID]uint32{}, int64(-1)
	for i := len(r.entries) - 1; i > 0; i-- {
		e := r.entries[i]
		if e.kind != entryEpoch {
			continue
		}
		rec, err := parseRecord(e.payload)
		if err != nil {
			continue
		}
		newest[rec.camera] = max(newest[rec.camera], rec.ordinal)
		n, ok := have[rec.camera]
		if rec.ordinal <= n || newest[rec.camera] <= n+1 {
			continue
		}
		if !ok {
			if ok, err = v.lost(ctx, rec); err != nil {
				return 0, err
			}
		}
		if ok {
			at = r.entries[i-1].end
		}
	}
	return at, nil
}

// has reports whether the database has what a record says.
func (v *Vault) has(ctx context.Context, e entry) (bool, error) {
	rows, err := v.cfg.Store.View, store.ErrNoRow
	switch e.kind {
	case entryAccount:
		if _, p, ok := v.parseAccount(e.payload); ok {
			_, err = rows.Principal(ctx, p.ID, p.Version)
		}
	case entryEpoch:
		if r, bad := parseRecord(e.payload); bad == nil {
			now, err := rows.Epoch(ctx, r.camera, r.ordinal)
			return err == nil && string(now.Record) == string(e.payload), onlyOther(err)
		}
	case entryEpochWrap:
		if w, ok := parseEpochWrap(e.payload); ok {
			_, err = rows.EpochWrap(ctx, w.KID, w.Principal)
		}
	case entryPasswordWrap:
		if w, ok := parseWrap(e); ok {
			now, err := rows.PasswordWrap(ctx, w.Account)
			return err == nil && now.ID == w.ID, onlyOther(err)
		}
	}
	return err == nil, onlyOther(err)
}

// onlyOther is an error unless it says that there is no row.
func onlyOther(err error) error {
	if errors.Is(err, store.ErrNoRow) {
		return nil
	}
	return err
}

func (v *Vault) noteKnown(ctx context.Context, tx *store.Tx) error {
	var known []byte
	for _, r := range v.rings {
		known = r.last.note(known)
	}
	return tx.PutSetting(ctx, store.SettingKeyring, known)
}

// rolledBack stops what opens stored media, and ends what an older database
// would bring back: sessions that were signed out since, links that were
// revoked.
func (v *Vault) rolledBack(ctx context.Context, tx *store.Tx, by string) error {
	if !v.cfg.Confirms {
		v.cfg.Log.Error("the database is older than the keys or recordings beside it, as after putting back an old copy: nothing stored opens until the operator confirms", "newer", by)
	}
	v.foundOld = true
	if err := tx.EndVisits(ctx); err != nil {
		return err
	}
	return tx.PutSetting(ctx, store.SettingRolledBack, binary.BigEndian.AppendUint64(nil, uint64(v.cfg.Clock.Now().UnixMilli())))
}

// Older is told of something beside the database, named by, that is newer than it:
// what the database lacks was in it once.
func (v *Vault) Older(ctx context.Context, by string) error {
	if was, err := v.RolledBack(ctx); err != nil || was {
		return err
	}
	return v.cfg.Store.Update(ctx, func(tx *store.Tx) error { return v.rolledBack(ctx, tx, by) })
}

// FoundOld reports whether this start found the database to be older.
func (v *Vault) FoundOld() bool { return v.foundOld }

// RolledBack reports whether the operator has still to confirm an old database.
func (v *Vault) RolledBack(ctx context.Context) (bool, error) {
	_, err := v.cfg.Store.Setting(ctx, store.SettingRolledBack)
	return err == nil, onlyOther(err)
}

// Confirmed lets stored media open again; every epoch must have been bumped.
func (v *Vault) Confirmed(ctx context.Context) error {
	return v.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		v.settleHomeless(tx)
		return tx.RemoveSetting(ctx, store.SettingRolledBack)
	})
}

// openable refuses what opens stored media while the database is in doubt. It
// asks the database, inside or outside of a transaction.
func openable(ctx context.Context, rows store.View) error {
	_, err := rows.Setting(ctx, store.SettingRolledBack)
	if err == nil {
		return ErrRolledBack
	}
	return onlyOther(err)
}
