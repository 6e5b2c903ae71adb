package app

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"lares/hub/journal"
	"lares/hub/store"
	"lares/hub/vault"
)

// TestToldAfterCutPassword: a start that finishes a new password, a recovery or a new
// recovery code says so in the journal and to the account, once, and to nobody else.
func TestToldAfterCutPassword(t *testing.T) {
	put := func(t *testing.T, h *house, tx *store.Tx, a *vault.OpenedAccount, password bool) error {
		if !password {
			return h.vault.PutRecovery(t.Context(), tx, a.NewRecovery("another code"))
		}
		w, err := a.NewPassword(t.Context(), "another password")
		return errors.Join(err, h.vault.PutPassword(t.Context(), tx, w))
	}
	for name, c := range map[string]struct {
		password, code bool
		row            journal.Kind
		want           []journal.NoticeKind
	}{
		"password": {true, false, journal.Password, []journal.NoticeKind{journal.NoticePasswordFinished}},
		"recovery": {true, true, journal.Recovered, []journal.NoticeKind{journal.NoticePasswordFinished, journal.NoticeCodeFinished}},
		"code":     {false, true, journal.RecoveryCode, []journal.NoticeKind{journal.NoticeCodeFinished}},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, data, copied := t.Context(), t.TempDir(), filepath.Join(t.TempDir(), "lares.db")
			must := func(err error) {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
			}
			h := stopped(t, data)
			ann, bob := ownerOf(t, h, inhabit(t, h, "ann")), ownerOf(t, h, inhabit(t, h, "bob"))
			opened, _, err := h.vault.OpenPassword(ctx, ann, "the password of ann")
			must(err)
			must(h.store.Copy(ctx, copied))
			must(h.store.Update(ctx, func(tx *store.Tx) (err error) {
				if c.password {
					err = put(t, h, tx, opened, true)
				}
				if c.code {
					err = errors.Join(err, put(t, h, tx, opened, false))
				}
				return err
			}))
			must(h.close())
			must(os.Rename(copied, filepath.Join(data, "lares.db")))
			for start := range 2 {
				h = stopped(t, data)
				told, err := h.store.Notices(ctx, ann, 10)
				must(err)
				var kinds []journal.NoticeKind
				for _, n := range told {
					kinds = append(kinds, journal.NoticeKind(n.Kind))
				}
				slices.Sort(kinds)
				want := slices.Sorted(slices.Values(c.want))
				others, err := h.store.Notices(ctx, bob, 10)
				if must(err); !slices.Equal(kinds, want) || len(others) != 0 {
					t.Errorf("told %v, want %v; somebody else %+v", kinds, want, others)
				}
				page, err := h.journal.List(ctx, journal.Query{Account: ann, Kind: c.row, Limit: 10})
				must(err)
				if start > 0 && (len(page.Entries) != 1 || page.Entries[0].Account != ann || page.Entries[0].Detail["why"] != "keyring") { // chained by then
					t.Errorf("rows: %+v", page.Entries)
				}
				must(h.close())
			}
		})
	}
}
