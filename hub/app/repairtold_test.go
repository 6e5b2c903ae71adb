package app

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"lares/hub/journal"
	"lares/hub/store"
	"lares/hub/vault"
)

// TestToldAfterRepair: a repair takes over a change of keys that is newer than the copy
// it begins with, and tells of it as a start does: account and sharers, once, with one
// row. Made of the keys alone, the account is new to the database: nothing of it was
// changed, whenever it got its keys. That the database was made anew everybody is told
// once, and not by a repair that finds it whole.
func TestToldAfterRepair(t *testing.T) {
	for name, copied := range map[string]bool{"from a copy": true, "from the keys alone": false} {
		t.Run(name, func(t *testing.T) {
			ctx, data := t.Context(), t.TempDir()
			must := func(err error) {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
			}
			h := stopped(t, data)
			door := inhabit(t, h, "ann")
			ann, bob := ownerOf(t, h, door), ownerOf(t, h, inhabit(t, h, "bob"))
			old, _, err1 := h.vault.OpenPassword(ctx, ann, "the password of ann")
			next, err2 := h.vault.Next(ctx, ann)
			must(errors.Join(err1, err2))
			wrap, err := next.NewPassword(ctx, "another password")
			must(err)
			must(h.store.Update(ctx, func(tx *store.Tx) error {
				cam, err := tx.Camera(ctx, door)
				return errors.Join(err, tx.PutGrant(ctx, store.Grant{Camera: door, Account: bob, Actions: 1, Granted: h.clock.Now()}),
					h.vault.NewEpoch(ctx, tx, cam, vault.Change{Owner: old, Add: &vault.Member{Principal: bob}}))
			}))
			if copied {
				must(h.copyNow(ctx, h.pools[0], h.clock.Now()))
			}
			must(h.store.Update(ctx, func(tx *store.Tx) error {
				return errors.Join(h.vault.Rotate(ctx, tx, old, next), h.vault.PutPassword(ctx, tx, wrap))
			}))
			must(h.close())
			must(os.WriteFile(filepath.Join(data, "lares.db"), []byte("damaged"), 0o600))
			for range 2 {
				must(repair(ctx, Build{}, []string{"--data", data, "--yes"}, io.Discard, io.Discard))
			}
			h = stopped(t, data)
			defer h.close()
			if _, _, err := h.vault.OpenPassword(ctx, ann, "another password"); err != nil {
				t.Errorf("the newer password: %v", err)
			}
			want := map[store.AccountID]journal.NoticeKind{ann: journal.NoticeRotationFinished, bob: journal.NoticeRotated}
			rows := 1
			if !copied {
				want, rows = nil, 0
			}
			for _, id := range []store.AccountID{ann, bob} {
				told, err := h.store.Notices(ctx, id, 10)
				must(err)
				kinds := []string{string(journal.NoticeRepaired)}
				if kind, tell := want[id]; tell {
					kinds = append(kinds, string(kind))
				}
				var got []string
				for _, n := range told {
					got = append(got, n.Kind)
				}
				slices.Sort(kinds)
				slices.Sort(got)
				if !slices.Equal(got, kinds) {
					t.Errorf("%v is told %q, want %q", id == ann, got, kinds)
				}
			}
			page, err := h.journal.List(ctx, journal.Query{Account: ann, Kind: journal.Rotated, Limit: 10})
			must(err)
			if len(page.Entries) != rows {
				t.Errorf("rows: %+v, want %d", page.Entries, rows)
			}
		})
	}
}
