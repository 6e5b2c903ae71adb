package account

import (
	"context"
	"io"
	"log/slog"
	"path/filepath"
	"testing"

	"lares/hub/journal"
	"lares/hub/store"
)

// TestConsoleLifts: whoever stands at the console lifts what an account locked,
// its own doors and those of the hub; what others locked stays, and the journal
// tells of it.
func TestConsoleLifts(t *testing.T) {
	for name, console := range map[string]func(*rig) error{
		"reopen":  func(r *rig) error { return r.Reopen(r.t.Context(), "ann") },
		"recover": func(r *rig) error { _, _, err := r.Renew(r.t.Context(), "ann", fresh); return err },
	} {
		t.Run(name, func(t *testing.T) {
			r, ann := claimed(t)
			ctx := t.Context()
			var err error
			r.cfg.Journal, err = journal.Open(ctx, journal.Config{
				Store: r.store, Vault: r.vault, Clock: r.clock, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Heads: filepath.Join(r.dir, journal.FileName),
			})
			if err != nil {
				t.Fatal(err)
			}
			bob := r.signIn("bob", good).Caller
			lock := func(maker ID, of ...ID) {
				t.Helper()
				err := r.store.Update(ctx, func(tx *store.Tx) error {
					for _, id := range of {
						if err := tx.PutLockdown(ctx, store.Lockdown{Account: id, Maker: maker, Session: store.SessionID{1}, Since: t0}); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			stands := func(of ID) int {
				t.Helper()
				rows, err := r.store.Lockdowns(ctx, of)
				if err != nil {
					t.Fatal(err)
				}
				return len(rows)
			}
			lock(ann.Caller.Account, ann.Caller.Account, store.WholeHub())
			lock(bob.Account, bob.Account)
			if err := console(r); err != nil {
				t.Fatal(err)
			}
			if stands(ann.Caller.Account) != 0 || stands(bob.Account) != 1 {
				t.Errorf("%d of ann and the hub stand, %d of bob", stands(ann.Caller.Account), stands(bob.Account))
			}
			lock(bob.Account, store.WholeHub())
			if err := console(r); err != nil {
				t.Fatal(err)
			}
			if stands(ann.Caller.Account) != 1 {
				t.Error("the console lifted what somebody else locked")
			}
			if err := r.cfg.Journal.Close(); err != nil {
				t.Fatal(err)
			}
			if n := lifted(t, ctx, r, ann.Caller.Account); n != 2 {
				t.Errorf("%d rows say so", n)
			}
			page, err := r.cfg.Journal.List(ctx, journal.Query{Account: bob.Account, Kind: journal.LetIn, Limit: 10})
			if err != nil || len(page.Entries) != 1 || page.Entries[0].Via != journal.ViaConsole {
				t.Errorf("whom it had shut out reads %+v, %v", page.Entries, err)
			}
			told, err := r.cfg.Journal.Notices(ctx, bob.Account)
			if err != nil || len(told) != 1 || told[0].Kind != journal.NoticeLockedOut || told[0].Detail["name"] != "Ann" {
				t.Errorf("and is told %+v, %v", told, err)
			}
		})
	}
}

func lifted(t *testing.T, ctx context.Context, r *rig, who ID) (n int) {
	t.Helper()
	page, err := r.cfg.Journal.List(ctx, journal.Query{Account: who, Kind: journal.Lifted, Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range page.Entries {
		if e.Via == journal.ViaConsole && e.Other == who {
			n++
		}
	}
	return n
}
