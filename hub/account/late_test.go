package account

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"lares/hub/store"
)

// during does something that comes to wait for the database, and has meanwhile
// happen before it is its turn.
func (r *rig) during(do func() error, meanwhile func(context.Context, *store.Tx) error) error {
	r.t.Helper()
	done := make(chan error, 1)
	err := r.store.Update(r.t.Context(), func(tx *store.Tx) error {
		go func() { done <- do() }()
		synctest.Wait()
		return meanwhile(r.t.Context(), tx)
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return <-done
}

// TestSignInTooLate: a sign-in under way with the old password makes no session
// after the password was changed.
func TestSignInTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, ann := claimed(t)
		ctx := t.Context()
		opened, was, err := r.vault.OpenPassword(ctx, ann.Caller.Account, good)
		if err != nil {
			t.Fatal(err)
		}
		next, err := opened.NewPassword(ctx, fresh)
		if err != nil {
			t.Fatal(err)
		}
		err = r.during(func() error { _, err := r.SignIn(ctx, from(there), "ann", good); return err },
			func(ctx context.Context, tx *store.Tx) error { return r.vault.ReplacePassword(ctx, tx, was, next) })
		if !errors.Is(err, ErrCredentials) {
			t.Errorf("%v", err)
		}
		if list, err := r.Sessions(ctx, ann.Caller); err != nil || len(list) != 1 {
			t.Errorf("%d sessions, %v", len(list), err)
		}
		// So is a proof under way.
		_, was, err = r.vault.OpenPassword(ctx, ann.Caller.Account, fresh)
		if err != nil {
			t.Fatal(err)
		}
		again, err := opened.NewPassword(ctx, good)
		if err != nil {
			t.Fatal(err)
		}
		err = r.during(func() error { return r.Prove(ctx, from(there), ann.Caller, fresh) },
			func(ctx context.Context, tx *store.Tx) error { return r.vault.ReplacePassword(ctx, tx, was, again) })
		if !errors.Is(err, ErrCredentials) {
			t.Errorf("a proof: %v", err)
		}
	})
}

// TestFactorTooLate: a second factor of keys that were changed meanwhile would
// open for nobody; it is not switched on.
func TestFactorTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, ann := claimed(t)
		ctx := t.Context()
		if _, _, err := r.NewSecondFactor(ctx, ann.Caller); err != nil {
			t.Fatal(err)
		}
		old, err := r.vault.Unlock(ctx, ann.Caller.Proof())
		if err != nil {
			t.Fatal(err)
		}
		row, err := r.store.TOTP(ctx, ann.Caller.Account)
		if err != nil {
			t.Fatal(err)
		}
		secret, err := old.OpenTOTP(row)
		if err != nil {
			t.Fatal(err)
		}
		next, err := r.vault.Next(ctx, ann.Caller.Account)
		if err != nil {
			t.Fatal(err)
		}
		wrap, err := next.NewPassword(ctx, fresh)
		if err != nil {
			t.Fatal(err)
		}
		err = r.during(func() error { return r.ConfirmSecondFactor(ctx, ann.Caller, r.totp(secret)) },
			func(ctx context.Context, tx *store.Tx) error {
				return errors.Join(r.vault.Rotate(ctx, tx, old, next), r.vault.PutPassword(ctx, tx, wrap))
			})
		if !errors.Is(err, ErrNotFound) {
			t.Errorf("%v", err)
		}
		r.signIn("ann", fresh)
	})
}

// TestTooLate: what a session asked for that ended meanwhile is not done.
func TestTooLate(t *testing.T) {
	for name, do := range map[string]func(*rig, Caller, string) error{
		"a new second factor": func(r *rig, c Caller, _ string) error { _, _, err := r.NewSecondFactor(r.t.Context(), c); return err },
		"no second factor":    func(r *rig, c Caller, _ string) error { return r.RemoveSecondFactor(r.t.Context(), c) },
		"a recovery code":     func(r *rig, c Caller, part string) error { return r.ConfirmRecovery(r.t.Context(), c, part) },
		"no other session":    func(r *rig, c Caller, _ string) error { return r.EndOtherSessions(r.t.Context(), c) },
		"a password": func(r *rig, c Caller, _ string) error {
			return r.ChangePassword(r.t.Context(), from(here), c, good, fresh)
		},
		"other keys": func(r *rig, c Caller, _ string) error {
			_, err := r.Rotate(r.t.Context(), from(here), c, good, fresh)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, ann := claimed(t)
				code, err := r.NewRecovery(t.Context(), ann.Caller)
				if err != nil {
					t.Fatal(err)
				}
				err = r.during(func() error { return do(r, ann.Caller, code[len(code)-codeGroup:]) },
					func(ctx context.Context, tx *store.Tx) error {
						_, err := tx.EndSession(ctx, ann.Caller.Session, ann.Caller.Account)
						return err
					})
				if !errors.Is(err, ErrNotFound) {
					t.Errorf("%v", err)
				}
				r.signIn("ann", good) // nothing has changed
			})
		})
	}
}
