package vault

import (
	"context"
	"errors"
	"testing"

	"lares/cameras/seal"
	"lares/hub/store"
)

// TestWrapCut: a power cut between keyring and commit of a new password, a recovery
// with the code, or a new code. The next start finishes it as the request would have:
// who had signed in with the old password is out, no code counts as confirmed that
// nobody may have seen, and the journal gets its row. A wrap that the database has
// already changes nothing.
func TestWrapCut(t *testing.T) {
	for name, c := range map[string]struct {
		cut                 func(r *rig, tx *store.Tx, a *OpenedAccount, password store.Wrap) error
		kind                AlteredKind
		password            string
		sessions, confirmed bool
	}{
		"password": {func(r *rig, tx *store.Tx, _ *OpenedAccount, w store.Wrap) error {
			return r.vault.PutPassword(r.t.Context(), tx, w)
		}, AlteredPassword, "a new password", false, true},
		"recovery": {func(r *rig, tx *store.Tx, a *OpenedAccount, w store.Wrap) error {
			return errors.Join(r.vault.PutPassword(r.t.Context(), tx, w), r.vault.PutRecovery(r.t.Context(), tx, a.NewRecovery("a code that nobody saw")))
		}, AlteredByCode, "a new password", false, false},
		"code": {func(r *rig, tx *store.Tx, a *OpenedAccount, _ store.Wrap) error {
			return r.vault.PutRecovery(r.t.Context(), tx, a.NewRecovery("another code"))
		}, AlteredCode, password("ann"), true, false},
		"the same again": {func(r *rig, tx *store.Tx, _ *OpenedAccount, _ store.Wrap) error {
			wraps, err := tx.LastingWraps(r.t.Context())
			for _, w := range wraps {
				r.vault.keep(tx, wrapEntry(w))
			}
			return err
		}, "", password("ann"), true, true},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			ann, bob := r.account("ann"), r.account("bob")
			r.must(r.update(func(ctx context.Context, tx *store.Tx) error {
				return errors.Join(r.vault.PutRecovery(ctx, tx, ann.NewRecovery("the printed code")), tx.SetRecovery(ctx, ann.ID(), r.clock.Now()))
			}))
			before := r.copyDB()
			wrap, err := ann.NewPassword(t.Context(), "a new password")
			r.must(err)
			r.must(r.update(func(_ context.Context, tx *store.Tx) error { return c.cut(r, tx, ann.OpenedAccount, wrap) }))
			r.putBack(before)

			if _, err := r.signIn(ann, c.password); err != nil || r.rolledBack() {
				t.Errorf("the password: %v, rolled back %v", err, r.rolledBack())
			}
			_, _, err = r.vault.OpenRecovery(t.Context(), ann.ID(), "the printed code")
			if holds := err == nil; holds != c.confirmed || !holds && !errors.Is(err, seal.ErrOpen) {
				t.Errorf("the printed code: %v", err)
			}
			if _, err := r.vault.Unlock(t.Context(), ann.proof); (err == nil) != c.sessions || err != nil && !errors.Is(err, ErrNoKey) {
				t.Errorf("a session of before: %v", err)
			}
			if _, err := r.vault.Unlock(t.Context(), bob.proof); err != nil {
				t.Errorf("a session of somebody else: %v", err)
			}
			a, err := r.store.Account(t.Context(), ann.ID())
			if r.must(err); a.Recovery.IsZero() == c.confirmed {
				t.Errorf("the code counts as confirmed: %v", !a.Recovery.IsZero())
			}
			r.restart() // it waits for the journal through another crash
			list, err := r.vault.Altered(t.Context())
			r.must(err)
			want := Altered{Kind: c.kind, Account: ann.ID()}
			if c.kind == "" && len(list) > 0 || c.kind != "" && (len(list) != 1 || !sameAltered(list[0], want)) {
				t.Errorf("for the journal: %+v", list)
			}
		})
	}
}
