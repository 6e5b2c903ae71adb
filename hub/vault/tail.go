package vault

import (
	"context"
	"errors"

	"lares/hub/store"
)

// A keyring may reach further than a database knows and end there in what nobody can
// read: somebody wrote to it, or the disk lost it. If the database is the newest there
// was nothing else. If it is older, that may have taken a right from somebody whom the
// database still gives it. Who appends to the file can bring this about, and gets no more.

// tail is what follows the whole groups of a keyring.
type tail struct {
	whole, end int64 // where these end, and where it does
	forged     bool  // no hub of this one's wrote it there
}

// doubtful reports whether it may have said what a database does not know that knows the
// keyring to a place. A power cut tears what begins at that place, for before that is
// noted nothing more is written.
func (t tail) doubtful(known int64) bool {
	return t.end > max(t.whole, known) && (t.forged || known != t.whole)
}

// tailOf reads what follows the whole groups of a keyring. One that is not opened anyway
// has nothing.
func (k hubKey) tailOf(pool string) (tail, error) {
	b, state, err := k.stateOf(pool, 0)
	if err != nil || state != RingDamaged {
		return tail{}, err
	}
	in, err := k.read("", b, true)
	if err != nil {
		return tail{}, nil
	}
	return tail{in.links[len(in.links)-1].end, int64(len(b)), in.forged}, nil
}

// holdDoubtful holds back what is shared and stored where a keyring ends in doubt. It
// comes before that end is put aside, and a start that is cut off does it again: the
// groups before it may give what it took.
func (v *Vault) holdDoubtful(ctx context.Context) error {
	known, err := noted(ctx, v.cfg.Store.View, len(v.cfg.Pools))
	if err != nil {
		return err
	}
	_, err = v.cfg.Store.Setting(ctx, store.SettingHeld)
	if onlyOther(err) != nil {
		return err
	}
	v.held = err == nil
	for i, pool := range v.cfg.Pools {
		t, err := v.key.tailOf(pool)
		if err != nil {
			return err
		}
		if t.doubtful(known[i]) {
			v.held = true
			v.cfg.Log.Error("the keyring reaches further than the database knows, and nobody can read that: whatever is shared waits for its owner", "pool", pool, "bytes", t.end-t.whole)
		}
	}
	if !v.held {
		return nil
	}
	return v.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		return errors.Join(tx.PutSetting(ctx, store.SettingHeld, []byte{1}), v.holdShares(ctx, tx), v.endTokens(ctx, tx), v.rolledBack(ctx, tx, "keyring"))
	})
}

// heldBack begins every camera's next epoch, without those who wait now, and notes that a
// start held back what it had to.
func (v *Vault) heldBack(ctx context.Context) error {
	if !v.held {
		return nil
	}
	if err := v.bumpAll(ctx); err != nil {
		return err
	}
	return v.cfg.Store.Update(ctx, func(tx *store.Tx) error { return tx.RemoveSetting(ctx, store.SettingHeld) })
}

// endTokens ends every API token, and tells the journal.
func (v *Vault) endTokens(ctx context.Context, tx *store.Tx) error {
	before, err := readRights(ctx, tx.View)
	if err != nil {
		return err
	}
	if err := tx.EndTokens(ctx); err != nil {
		return err
	}
	after, err := readRights(ctx, tx.View)
	if err != nil {
		return err
	}
	return noteAltered(ctx, tx, before.until(after, nil))
}
