package account

import (
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"

	"lares/hub/journal"
)

// TestKeysAreCommittedWithTheirRow: how somebody came in, and that keys are others,
// is in the database with the session and the keys, whether the journal still runs
// or not; what failed leaves no row.
func TestKeysAreCommittedWithTheirRow(t *testing.T) {
	r, ann := claimed(t)
	ctx := t.Context()
	var err error
	r.cfg.Journal, err = journal.Open(ctx, journal.Config{
		Store: r.store, Vault: r.vault, Clock: r.clock, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Heads: filepath.Join(r.dir, journal.FileName),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.cfg.Journal.Close(); err != nil {
			t.Error(err)
		}
	})
	waits := func(what string, err error, want ...string) {
		t.Helper()
		rows, look := r.store.DueJournal(ctx)
		if err != nil || look != nil {
			t.Fatal(what, err, look)
		}
		var kinds []string
		for _, row := range rows {
			kinds = append(kinds, row.Kind)
		}
		if !slices.Equal(kinds, want) {
			t.Errorf("%s: %v wait", what, kinds)
		}
		if err := r.cfg.Journal.Flush(ctx); err != nil {
			t.Fatal(err)
		}
	}
	code := r.code(ann.Caller)
	if err := r.cfg.Journal.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	bob := r.signIn("bob", good)
	waits("a sign-in", nil, "sign-in")
	if _, err := r.SignIn(ctx, from(here), "bob", "not his"); err == nil {
		t.Error("a wrong password opened")
	}
	waits("a wrong password", nil)
	_, err = r.Rotate(ctx, from(here), bob.Caller, good, fresh)
	waits("other keys", err, "rotated")
	in, _, err := r.Recover(ctx, from(here), "ann", code, fresh)
	waits("a recovery code", err, "recovered")
	waits("an operator", r.SetOperator(ctx, in.Caller, bob.Caller.Account, true), "operator")
	waits("one less", r.SetOperator(ctx, in.Caller, bob.Caller.Account, false), "operator")
	if err := r.SetOperator(ctx, in.Caller, in.Caller.Account, false); err == nil {
		t.Error("nobody runs the hub")
	}
	waits("nobody", nil)
	taken, _, err := r.Invite(ctx, in.Caller, "")
	waits("an invitation", err, "invited")
	waits("its end", r.Withdraw(ctx, in.Caller, taken.ID), "invited")
	_, invited, err := r.Invite(ctx, in.Caller, "")
	waits("another invitation", err, "invited")
	_, err = r.Accept(ctx, from(here), invited, "eve", good)
	waits("an account", err, "account-made")
	_, _, err = r.Renew(ctx, "bob", good)
	waits("the console", err, "recovered")
	waits("its switch", r.Reopen(ctx, "eve"), "totp")
}
