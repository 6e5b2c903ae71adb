package vault

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"lares/cameras/media"
	"lares/hub/store"
)

// Two keyrings can go on from one place: that of a hub after its backup was made,
// and that of the hub which a restore made of the backup, without the recordings. If
// the recordings come afterwards, with the first, the database knows the second.
// Which of both is newer nobody can say; but what the first took is to stay taken.

// fork is where a restored hub began to write a keyring, first or after a join, and
// how far the restore or the join itself came.
type fork struct {
	hub      media.HubID
	at, done link
}

const forkSize = 16 + 2*noteSize

var errParted = errors.New("is that of the hub of before a restore, and goes on with changes of keys which the restored one does not have")

// partedRing says what to do if the branch cannot be taken over.
func partedRing(path string) error {
	return fmt.Errorf("vault: %s %w; the restored hub has been in use since, so the two cannot be joined, and nothing was changed: restore the backup once more, with --data an empty folder and with this media folder in its place, or put back the keyring that the restored hub wrote", path, errParted)
}

// noteForks keeps where this hub, which a restore makes, begins to write, or goes on
// after a join, in the place of what was noted of it before: the branch that led there
// is none any more.
func (v *Vault) noteForks(ctx context.Context, tx *store.Tx, begun []link) error {
	noted, err := tx.Setting(ctx, store.SettingForks)
	if onlyOther(err) != nil {
		return err
	}
	var b []byte
	for f := range slices.Chunk(noted, forkSize) {
		if len(f) == forkSize && media.HubID(f[:16]) != v.key.hub {
			b = append(b, f...)
		}
	}
	for i, r := range v.rings {
		b = r.last.note(begun[i].note(append(b, v.key.hub[:]...)))
	}
	return tx.PutSetting(ctx, store.SettingForks, b)
}

// ends is how far the keyrings reach now.
func (v *Vault) ends() []link {
	var ends []link
	for _, r := range v.rings {
		ends = append(ends, r.last)
	}
	return ends
}

// bumpJoined begins every camera's next epoch after a join, for the hub of before may
// go on with the keys that were taken over, and notes how far that came.
func (v *Vault) bumpJoined(ctx context.Context) error {
	if err := v.bumpAll(ctx); err != nil {
		return err
	}
	return v.cfg.Store.Update(ctx, func(tx *store.Tx) error { return v.noteForks(ctx, tx, v.joined) })
}

// begun is where this hub begins to write the keyrings: where they end, unless it
// had to write to them already, what the database knew beyond their end; or where a
// join left them.
func (v *Vault) begun(known []link) []link {
	if v.rejoined {
		return v.joined
	}
	begun := slices.Clone(known)
	for i, r := range v.rings {
		if r.last.hub != v.key.hub {
			begun[i] = r.last
		}
	}
	return begun
}

// parted finds where a keyring left the one that the database knows, if a hub of
// before the restore went on there. The newest place counts that it leads through.
func (v *Vault) parted(ctx context.Context, rows store.View, r *ring, known link) (f fork, ok bool, err error) {
	if r.last.end >= known.end && r.through(known) {
		return f, false, nil
	}
	b, err := rows.Setting(ctx, store.SettingForks)
	if err != nil {
		return f, false, onlyOther(err)
	}
	for ; len(b) >= forkSize; b = b[:len(b)-forkSize] {
		last := b[len(b)-forkSize:]
		f = fork{media.HubID(last[:16]), parseNote(last[16:]), parseNote(last[16+noteSize:])}
		if f.at.code == [sha256.Size]byte{} || !r.through(f.at) {
			continue
		}
		older := func(l link) bool { return l.end > f.at.end && v.key.age(l.hub) > v.key.age(f.hub) }
		return f, slices.ContainsFunc(r.links, older), nil
	}
	return f, false, nil
}

// rejoin takes over what a keyring has that parted, in the place of what the restore
// wrote, which nobody used: it is as if it had been there when the hub was restored.
// If anything was changed or recorded since, it returns an error that says so.
func (v *Vault) rejoin(ctx context.Context, tx *store.Tx, r *ring, f fork, known link) error {
	if known.end != f.done.end || known.code != f.done.code {
		return partedRing(r.path)
	}
	epochs, err := tx.AllEpochs(ctx)
	if err != nil {
		return err
	}
	for _, e := range epochs {
		if hub := recordHub(e.Record); v.key.age(hub) < 0 || v.key.age(hub) > v.key.age(f.hub) {
			continue
		}
		if used, err := tx.KIDUsed(ctx, e.StoreKID); err != nil || used {
			return errors.Join(err, partedRing(r.path))
		}
		if err := tx.RemoveEpochsFrom(ctx, e.Camera, e.Ordinal); err != nil {
			return err
		}
	}
	entries, groups := r.after(f.at.end)
	got, err := v.replay(ctx, tx, entries, true)
	if err != nil {
		return err
	}
	v.caught, v.rejoined = append(v.caught, got.kids...), true
	v.cfg.Log.Warn("the recordings came after the restore; what their keyring says was taken over", "keyring", r.path, "records", len(entries), "transactions", groups)
	return v.rolledBack(ctx, tx, "keyring")
}
