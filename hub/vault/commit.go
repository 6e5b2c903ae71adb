package vault

import (
	"context"
	"errors"
	"fmt"
	"time"

	"lares/hub/store"
)

// What counts is what was committed. A group is on the keyrings before the commit
// that it belongs to. If that fails, it is cut off again: an older database would
// take it over one day, and a start the last one at once: a camera would be given
// away, or a password changed, after everybody was told that it was not.

// keep has entries written to every keyring at the end of the transaction: they
// are on the disks before the commit that names them, and so before the first
// use of a key. What one transaction keeps is one group; the database notes how
// far the keyrings reach with it.
func (v *Vault) keep(tx *store.Tx, entries ...entry) {
	items := make([]any, len(entries))
	for i, e := range entries {
		items[i] = e
	}
	tx.Stage(commits{v}, items...)
}

// commits is what the database tells of transactions that kept something.
type commits struct{ vault *Vault }

var _ store.Outside = commits{}

// Flush writes what one transaction keeps to the keyrings.
func (c commits) Flush(ctx context.Context, tx *store.Tx, staged []any) error {
	v := c.vault
	if v.doubt {
		if err := v.cutBack(ctx, tx.View); err != nil {
			return err
		}
	}
	var group []entry
	for _, e := range staged {
		group = append(group, e.(entry))
	}
	var known []byte
	for _, r := range v.rings {
		at, err := r.append(group)
		if err != nil {
			return err
		}
		known = at.note(known)
	}
	return tx.PutSetting(ctx, store.SettingKeyring, known)
}

// undoneIn bounds how long reading what the database notes may hold up the next
// transaction.
const undoneIn = 5 * time.Second

// Undone takes off the keyrings what was not committed.
func (c commits) Undone(ctx context.Context) {
	v := c.vault
	ctx, cancel := context.WithTimeout(ctx, undoneIn)
	defer cancel()
	err := v.cutBack(ctx, v.cfg.Store.View)
	if err != nil {
		v.cfg.Log.Error("the keyring has what was not committed, and it could not be taken off; it is before anything else is written there", "error", err)
	}
}

// cutBack takes the last group off each keyring that ends one further than the
// database notes. Until that was done, nothing more is written.
func (v *Vault) cutBack(ctx context.Context, rows store.View) error {
	v.doubt = true
	b, err := rows.Setting(ctx, store.SettingKeyring)
	if err != nil {
		return fmt.Errorf("vault: how far the keyring was committed: %w", err)
	}
	if len(b) != noteSize*len(v.rings) {
		return errors.New("vault: the database does not say how far the keyring was committed")
	}
	for i, r := range v.rings {
		if err := r.cutBack(parseNote(b[noteSize*i:])); err != nil {
			return fmt.Errorf("vault: taking off the keyring what was not committed: %w", err)
		}
	}
	v.doubt = false
	return nil
}

// cutBack takes the last group off if the file ended, before it, where it is
// known to.
func (r *ring) cutBack(known link) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.before.end == 0 || known.end != r.before.end || known.code != r.before.code {
		return nil // it was committed, or never written
	}
	if err := errors.Join(r.file.Truncate(r.before.end), r.file.Sync()); err != nil {
		return err
	}
	r.last = r.before
	return nil
}
