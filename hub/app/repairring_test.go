package app

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lares/hub/journal"
	"lares/hub/store"
	"lares/hub/vault"
)

// shared makes a hub with ann's camera, shared with bob, and closes it.
func shared(t *testing.T, data string) (ann, bob store.AccountID) {
	t.Helper()
	ctx, h := t.Context(), stopped(t, data)
	door := inhabit(t, h, "ann")
	ann, bob = ownerOf(t, h, door), ownerOf(t, h, inhabit(t, h, "bob"))
	owner, _, err := h.vault.OpenPassword(ctx, ann, "the password of ann")
	if err != nil {
		t.Fatal(err)
	}
	err = h.store.Update(ctx, func(tx *store.Tx) error {
		cam, err := tx.Camera(ctx, door)
		return errors.Join(err, tx.PutGrant(ctx, store.Grant{Camera: door, Account: bob, Actions: 1, Granted: h.clock.Now()}),
			h.vault.NewEpoch(ctx, tx, cam, vault.Change{Owner: owner, Add: &vault.Member{Principal: bob}}))
	})
	if err := errors.Join(err, h.copyNow(ctx, h.pools[0], h.clock.Now()), h.close()); err != nil {
		t.Fatal(err)
	}
	return ann, bob
}

// flipRing damages the keyring and returns it.
func flipRing(t *testing.T, data string) []byte {
	t.Helper()
	path := filepath.Join(data, "media", vault.KeyringName)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 1
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return b
}

// starts is what a start of the hub in a folder says.
func starts(t *testing.T, data string) error {
	t.Helper()
	c, err := openConsole("backup", []string{"--data", data}, io.Discard, io.Discard, nil)
	if err != nil {
		t.Fatal(err)
	}
	h, err := c.openStopped(t.Context(), Build{})
	if err == nil {
		err = h.close()
	}
	return err
}

// held checks what a repair leaves of a keyring that was damaged: the operator has to
// confirm, and what is shared waits for its owner; everybody was told, with one row.
func held(t *testing.T, data string, ann, bob store.AccountID) {
	t.Helper()
	ctx, h := t.Context(), stopped(t, data)
	defer h.close()
	if back, err := h.vault.RolledBack(ctx); err != nil || !back {
		t.Errorf("nobody has to confirm: %v", err)
	}
	grants, err := h.store.GrantsTo(ctx, bob)
	if err != nil || len(grants) != 1 || !grants[0].Unconfirmed {
		t.Errorf("what is shared: %+v, %v", grants, err)
	}
	toldOf(t, h, ann, journal.NoticeRepaired, journal.NoticeUnconfirmed)
	toldOf(t, h, bob, journal.NoticeRepaired)
	page, err := h.journal.List(ctx, journal.Query{Account: ann, Kind: journal.Granted, Limit: 10})
	if err != nil || len(page.Entries) != 1 || page.Entries[0].Detail["waits"] != true {
		t.Errorf("rows: %+v, %v", page.Entries, err)
	}
}

func toldOf(t *testing.T, h *house, who store.AccountID, want ...journal.NoticeKind) {
	t.Helper()
	list, err := h.store.Notices(t.Context(), who, 10)
	if err != nil {
		t.Fatal(err)
	}
	var got []journal.NoticeKind
	for _, n := range list {
		got = append(got, journal.NoticeKind(n.Kind))
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
}

// TestRepairMendsKeyring: a hub with a damaged keyring does not start and names the
// repair, beside a whole database and beside one that is lost; that keeps the file,
// says what stays readable, and leaves it to operator and owner to confirm.
func TestRepairMendsKeyring(t *testing.T) {
	for name, lost := range map[string]bool{"the database is whole": false, "the database is lost": true} {
		t.Run(name, func(t *testing.T) {
			data := t.TempDir()
			ann, bob := shared(t, data)
			was := flipRing(t, data)
			if err := starts(t, data); err == nil || !strings.Contains(err.Error(), "lares repair") {
				t.Fatalf("started: %v", err)
			}
			if lost {
				if err := os.Remove(filepath.Join(data, "lares.db")); err != nil {
					t.Fatal(err)
				}
			}
			var out, asked bytes.Buffer
			if err := repair(t.Context(), Build{}, []string{"--data", data, "--yes"}, &out, &asked); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(asked.String(), "are damaged") || !strings.Contains(out.String(), "What stays readable") || !strings.Contains(out.String(), "What does not") {
				t.Errorf("says\n%s\nand\n%s", asked.String(), out.String())
			}
			if strings.Contains(out.String(), "newer than the copy") != lost || !strings.Contains(out.String(), "API tokens") {
				t.Errorf("says what is not back:\n%s", out.String())
			}
			kept, err := filepath.Glob(filepath.Join(data, "media", vault.KeyringName+vault.DamagedSuffix+"*"))
			if err != nil || len(kept) != 1 {
				t.Fatalf("kept: %q, %v", kept, err)
			}
			if b, err := os.ReadFile(kept[0]); err != nil || !bytes.Equal(b, was) {
				t.Errorf("another file was kept: %v", err)
			}
			held(t, data, ann, bob)
			out.Reset()
			if err := repair(t.Context(), Build{}, []string{"--data", data, "--yes"}, &out, io.Discard); err != nil || !strings.Contains(out.String(), "is whole") {
				t.Errorf("a second repair: %v\n%s", err, out.String())
			}
			held(t, data, ann, bob)
		})
	}
}

// TestRepairCutOff: a repair that ends before its last step, however it ends, leaves a
// hub that does not start and says so. Done again it tells everybody and leaves its
// row, and what a damaged keyring left in doubt stays held, though nothing shows the
// damage any more.
func TestRepairCutOff(t *testing.T) {
	for name, damage := range map[string]func(t *testing.T, data string){
		"of a database": func(t *testing.T, data string) {
			if err := os.Remove(filepath.Join(data, "lares.db")); err != nil {
				t.Fatal(err)
			}
		},
		"of a keyring": func(t *testing.T, data string) { flipRing(t, data) },
	} {
		t.Run(name, func(t *testing.T) {
			data := t.TempDir()
			ann, bob := shared(t, data)
			damage(t, data)
			again := func() error {
				return repair(t.Context(), Build{}, []string{"--data", data, "--yes"}, io.Discard, io.Discard)
			}
			// A folder in the place of the journal's heads stops it between rebuild and end.
			heads := filepath.Join(data, journal.FileName)
			if err := errors.Join(os.Rename(heads, heads+".away"), os.Mkdir(heads, 0o700)); err != nil {
				t.Fatal(err)
			}
			if err := again(); err == nil {
				t.Fatal("it was not cut off")
			}
			if err := errors.Join(os.Remove(heads), os.Rename(heads+".away", heads)); err != nil {
				t.Fatal(err)
			}
			if state, err := vault.Rings(t.Context(), data, []string{filepath.Join(data, "media")}, nil); err != nil || state != vault.RingWhole {
				t.Fatalf("it was cut off before the rebuild: %v", err)
			}
			if err := starts(t, data); err == nil || !strings.Contains(err.Error(), "cut off") || !strings.Contains(err.Error(), "lares repair") {
				t.Fatalf("started: %v", err)
			}
			if err := again(); err != nil {
				t.Fatal(err)
			}
			if err := starts(t, data); err != nil {
				t.Fatal(err)
			}
			if name == "of a keyring" {
				held(t, data, ann, bob)
			}
			h := stopped(t, data)
			defer h.close()
			toldOf(t, h, bob, journal.NoticeRepaired)
			page, err := h.journal.List(t.Context(), journal.Query{Account: ann, Operator: true, Kind: journal.Repaired, Limit: 10})
			if err != nil || len(page.Entries) != 1 {
				t.Errorf("rows: %+v, %v", page.Entries, err)
			}
		})
	}
}
