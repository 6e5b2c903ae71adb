package app

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lares/hub/journal"
	"lares/hub/store"
)

// TestRepairCounts: a repair counts the cameras that are there afterwards, by whether they
// are in use, and none that was removed, of which the keyring has keys all the same.
func TestRepairCounts(t *testing.T) {
	ctx, data := t.Context(), t.TempDir()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	h := stopped(t, data)
	inhabit(t, h, "ann")
	old := inhabit(t, h, "bob")
	must(h.copyNow(ctx, h.pools[0], h.clock.Now()))
	late := inhabit(t, h, "carl") // newer than the copy, and gone
	inhabit(t, h, "dora")         // newer, and there
	must(h.store.Update(ctx, func(tx *store.Tx) error {
		h.vault.Removed(tx, old)
		h.vault.Removed(tx, late)
		owner := func(name string) store.AccountID {
			a, err := tx.AccountByName(ctx, name)
			must(err)
			return a.ID
		}
		return errors.Join(tx.RemoveCamera(ctx, old, owner("bob"), h.clock.Now()), tx.RemoveCamera(ctx, late, owner("carl"), h.clock.Now()))
	}))
	must(h.close())
	must(os.WriteFile(filepath.Join(data, "lares.db"), []byte("damaged"), 0o600))
	var out bytes.Buffer
	must(repair(ctx, Build{}, []string{"--data", data, "--yes"}, &out, &out))
	for _, want := range []string{"Back: 4 accounts with their passwords, 1 cameras, and the recordings of 1 that are out of use.", "name, address and shares of 1 cameras"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("it does not say %q:\n%s", want, out.String())
		}
	}
}

// TestRepairOfPools: a repair names the media pools that the copy of the database knows and it
// was not given, and does not say that somebody has to confirm what it confirms itself.
func TestRepairOfPools(t *testing.T) {
	ctx, data, second := t.Context(), t.TempDir(), t.TempDir()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	h, _ := pooled(t, data, second)
	inhabit(t, h, "ann")
	must(h.copyNow(ctx, h.pools[0], h.clock.Now()))
	must(h.journal.Put(ctx, journal.Entry{Kind: journal.Backup, Via: journal.ViaConsole})) // newer than the copy
	must(h.close())
	for _, c := range []struct {
		args []string
		says bool
	}{{nil, true}, {[]string{"--pool", "b=" + second}, false}} {
		must(os.WriteFile(filepath.Join(data, "lares.db"), []byte("damaged"), 0o600))
		var out bytes.Buffer
		must(repair(ctx, Build{}, append([]string{"--data", data, "--yes"}, c.args...), &out, &out))
		if says := strings.Contains(out.String(), "Not looked at: the media pool b"); says != c.says {
			t.Errorf("with %q it says of the pool:\n%s", c.args, out.String())
		}
		if strings.Contains(out.String(), "confirm") {
			t.Errorf("with %q it says that somebody has to confirm:\n%s", c.args, out.String())
		}
		h := stopped(t, data)
		if back, err := h.vault.RolledBack(ctx); err != nil || back {
			t.Errorf("with %q: somebody has to confirm: %v", c.args, err)
		}
		must(h.close())
	}
}
