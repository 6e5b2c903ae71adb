package vault

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lares/cameras/seal"
	"lares/hub/store"
)

// groupsOf takes a keyring apart: its header, and the bytes of each group.
func groupsOf(t *testing.T, b []byte) (out [][]byte) {
	t.Helper()
	_, entries, _, err := parseRing(b)
	if err != nil {
		t.Fatal(err)
	}
	start, at := 0, ringHeader
	for _, e := range entries {
		if e.kind == entryGroup {
			out = append(out, b[start:at])
			start = at
		}
		at = int(e.end)
	}
	return append(out, b[start:])
}

// TestChangedKeyring: who may write to a pool and has no hub.key makes nothing
// out of a keyring: what is appended, copied, reordered, left out or changed there
// is counted, put aside, and nothing of it is taken over. Where the file is longer than
// the database knows, the hub cannot tell that from what it wrote itself after an older
// database, and holds back what is stored and shared.
func TestChangedKeyring(t *testing.T) {
	r := newRig(t)
	ann, bob := r.account("ann"), r.account("bob")
	cam := r.camera(ann)
	wrap, err := r.store.PasswordWrap(t.Context(), bob.ID())
	r.must(err)
	changed, err := bob.NewPassword(t.Context(), "a new password")
	r.must(err)
	r.must(r.update(func(ctx context.Context, tx *store.Tx) error { return r.vault.ReplacePassword(ctx, tx, wrap, changed) }))
	row, err := r.store.Account(t.Context(), bob.ID())
	r.must(err)
	row.Operator = true
	path := filepath.Join(r.pool, KeyringName)
	good, err := os.ReadFile(path)
	r.must(err)
	copied := r.copyDB()
	g := groupsOf(t, good)
	if len(g) != 5 {
		t.Fatalf("%d groups", len(g))
	}
	last := link{number: 4, hub: r.vault.Hub()}
	forge := func(es ...entry) []byte { // with the hub's name, and no key of its own
		b, _ := hubKey{hub: r.vault.Hub(), sealing: make([]byte, seal.KeySize)}.next(last, es)
		return b
	}
	more := func(b ...[]byte) []byte { return bytes.Join(append([][]byte{good}, b...), nil) }
	operator := accountEntry(row, bob.principal())
	inside := bytes.Clone(g[2]) // the account of bob, changed within, with right sums
	head, size := readEntry(inside)
	_, records, _, err := parseRing(append(bytes.Clone(good[:ringHeader]), inside[size:]...))
	r.must(err)
	again := head.append(nil)
	for _, e := range records {
		if e.kind == entryAccount {
			e.entry = operator
		}
		again = e.append(again)
	}
	for what, b := range map[string][]byte{
		"an operator":          more(forge(operator)),
		"the old password":     more(forge(passwordEntry(wrap))),
		"a removal":            more(forge(removedEntry(cam.ID))),
		"a group without code": more(entry{entryGroup, []byte{0, 0, 0, 1}}.append(nil), operator.append(nil)),
		"a record alone":       more(operator.append(nil)),
		"a copy":               more(g[2]),
		"two in other order":   bytes.Join([][]byte{g[0], g[1], g[2], g[4], g[3]}, nil),
		"one left out":         bytes.Join([][]byte{g[0], g[1], g[2], g[4]}, nil),
		"one changed":          bytes.Join([][]byte{g[0], g[1], again, g[3], g[4]}, nil),
	} {
		t.Run(what, func(t *testing.T) {
			r.close()
			os.Remove(path + tornSuffix)
			r.must(os.WriteFile(path, b, 0o600))
			r.putBack(copied)
			doubt := len(b) > len(good)
			if n := r.vault.Refusals().Snapshot()["keyring"]; n != 1 {
				t.Errorf("counted %d times", n)
			}
			if _, err := os.Stat(path + tornSuffix); err != nil {
				t.Error("it was not put aside")
			}
			if now, err := r.store.Account(t.Context(), bob.ID()); err != nil || now.Operator {
				t.Errorf("bob is an operator: %v, %v", now.Operator, err)
			}
			if _, err := r.signIn(bob, "a new password"); err != nil {
				t.Errorf("the password of now: %v", err)
			}
			if _, err := r.store.Camera(t.Context(), cam.ID); err != nil || r.rolledBack() != doubt {
				t.Errorf("the camera: %v; rolled back: %v", err, r.rolledBack())
			}
			// What was lost of it is on it again, and the next start finds it whole.
			r.close()
			r.must(r.open())
			if r.refused() != 0 || r.rolledBack() != doubt {
				t.Errorf("%d refused at the next start, rolled back: %v", r.refused(), r.rolledBack())
			}
		})
	}
}

// TestOtherKeyring: a keyring that the hub wrote itself, and that is not the one
// which the database noted: both grew from the same beginning.
func TestOtherKeyring(t *testing.T) {
	r := newRig(t)
	ann := r.account("ann")
	path := filepath.Join(r.pool, KeyringName)
	wrap, err := r.store.PasswordWrap(t.Context(), ann.ID())
	r.must(err)
	old := r.copyDB()
	short, err := os.ReadFile(path)
	r.must(err)
	for range 3 {
		r.must(r.update(func(_ context.Context, tx *store.Tx) error { r.vault.keep(tx, passwordEntry(wrap)); return nil }))
	}
	other, err := os.ReadFile(path)
	r.must(err)
	r.close()
	r.must(os.WriteFile(path, short, 0o600))
	r.putBack(old)
	changed, err := ann.NewPassword(t.Context(), "a new password")
	r.must(err)
	r.must(r.update(func(ctx context.Context, tx *store.Tx) error { return r.vault.ReplacePassword(ctx, tx, wrap, changed) }))
	r.close()
	r.must(os.WriteFile(path, other, 0o600))
	r.must(r.open())
	if _, err := r.signIn(ann, "a new password"); err != nil || r.vault.Refusals().Snapshot()["keyring"] != 1 || !r.rolledBack() {
		t.Errorf("%v, counted %v, rolled back %v", err, r.vault.Refusals().Snapshot(), r.rolledBack())
	}
	r.close()
	r.must(r.open())
	if r.refused() != 0 {
		t.Error("refused again")
	}
}

// TestFirstKeyringForm: a keyring whose groups nothing authenticates is refused.
func TestFirstKeyringForm(t *testing.T) {
	r := newRig(t)
	r.account("ann")
	path := filepath.Join(r.pool, KeyringName)
	b, err := os.ReadFile(path)
	r.must(err)
	r.close()
	copy(b, ringMagic1)
	r.must(os.WriteFile(path, b, 0o600))
	if err := r.open(); err == nil || errors.Is(err, errRing) || !strings.Contains(err.Error(), "before the first release") || strings.Contains(err.Error(), "\n") {
		t.Errorf("%v", err)
	}
}
