package app

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lares/hub/store"
	"lares/hub/vault"
	"lares/recorder"
)

// revokedSince is a hub whose newest copy is of before a revocation; it returns the
// keyring's length of then.
func revokedSince(t *testing.T, data string) (ann, bob store.AccountID, at int64) {
	t.Helper()
	ann, bob = shared(t, data)
	ring := filepath.Join(data, "media", vault.KeyringName)
	info, err := os.Stat(ring)
	if err != nil {
		t.Fatal(err)
	}
	ctx, h := t.Context(), stopped(t, data)
	err = h.store.Update(ctx, func(tx *store.Tx) error {
		cams, err := tx.CamerasOf(ctx, ann)
		if err != nil {
			return err
		}
		_, err = tx.RemoveGrant(ctx, cams[0].ID, bob)
		return errors.Join(err, tx.RemoveEpochWraps(ctx, cams[0].ID, bob),
			h.vault.NewEpoch(ctx, tx, cams[0], vault.Change{Keep: func(id store.PrincipalID) bool { return id != bob }}))
	})
	if err := errors.Join(err, h.close()); err != nil {
		t.Fatal(err)
	}
	return ann, bob, info.Size()
}

// TestRepairForgedEnd: the database is lost, its newest copy, which the repair takes or
// somebody has put in its place, has a grant that was revoked since, and of the keyring
// nobody can read what says so. After the repair the grant waits for its owner, and the
// file is kept.
func TestRepairForgedEnd(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(b []byte, at int64) []byte{
		"another code": func(b []byte, at int64) []byte {
			head := b[at : at+5+int64(binary.BigEndian.Uint32(b[at+1:]))] // type, length, payload; its sum follows
			head[len(head)-1] ^= 1
			binary.BigEndian.PutUint32(b[at+int64(len(head)):], crc32.Checksum(head, crc32.MakeTable(crc32.Castagnoli)))
			return b
		},
		"a bit of its last record": func(b []byte, _ int64) []byte { b[len(b)-9] ^= 1; return b },
		"a bit of its first":       func(b []byte, at int64) []byte { b[at+40] ^= 1; return b },
	} {
		for _, byHand := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, put back by hand: %v", name, byHand), func(t *testing.T) { repairForged(t, change, byHand) })
		}
	}
}

func repairForged(t *testing.T, change func(b []byte, at int64) []byte, byHand bool) {
	data := t.TempDir()
	ann, bob, at := revokedSince(t, data)
	ring := filepath.Join(data, "media", vault.KeyringName)
	b, err := os.ReadFile(ring)
	if err != nil {
		t.Fatal(err)
	}
	b = change(b, at)
	if err := errors.Join(os.WriteFile(ring, b, 0o600), os.Remove(filepath.Join(data, "lares.db"))); err != nil {
		t.Fatal(err)
	}
	if byHand {
		copies, err := dailyCopies(filepath.Join(data, "media"))
		if err != nil || len(copies) == 0 {
			t.Fatal(copies, err)
		}
		c, err := openConsole("repair", []string{"--data", data}, io.Discard, io.Discard, nil)
		if err := errors.Join(err, c.unseal(copies[0])); err != nil {
			t.Fatal(err)
		}
	}
	var out, asked bytes.Buffer
	if err := repair(t.Context(), Build{}, []string{"--data", data, "--yes"}, &out, &asked); err != nil {
		t.Fatal(err)
	}
	held(t, data, ann, bob)
	if !strings.Contains(asked.String(), "confirmed each share") || !strings.Contains(out.String(), vault.DamagedSuffix) {
		t.Errorf("says\n%s\nand\n%s", asked.String(), out.String())
	}
}

// TestRepairMissingKeyring: a hub whose first pool is there without its keyring does not start
// and names the repair. That refuses a folder that is not there, and makes another keyring of the
// database, which may be older than the missing one was.
func TestRepairMissingKeyring(t *testing.T) {
	data := t.TempDir()
	ann, bob := shared(t, data)
	media := filepath.Join(data, "media")
	if err := os.Rename(media, media+".away"); err != nil {
		t.Fatal(err)
	}
	again := func() (string, string, error) {
		var out, asked bytes.Buffer
		err := repair(t.Context(), Build{}, []string{"--data", data, "--yes"}, &out, &asked)
		return out.String(), asked.String(), err
	}
	if _, _, err := again(); err == nil || !strings.Contains(err.Error(), "--media") {
		t.Errorf("without a folder: %v", err)
	}
	if err := os.Mkdir(media, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := starts(t, data); err != nil { // the disk may not be mounted
		t.Errorf("beside an empty folder: %v", err)
	}
	marker, err := os.ReadFile(filepath.Join(media+".away", recorder.PoolMarker))
	if err := errors.Join(err, os.Mkdir(filepath.Join(media, "clips"), 0o700), os.WriteFile(filepath.Join(media, recorder.PoolMarker), marker, 0o600)); err != nil {
		t.Fatal(err)
	}
	if err := starts(t, data); err == nil || !strings.Contains(err.Error(), "lares repair") || !strings.Contains(err.Error(), "--media") {
		t.Fatalf("started: %v", err)
	}
	out, asked, err := again()
	if err != nil || !strings.Contains(asked, "--media") || strings.Contains(out, vault.DamagedSuffix) || !strings.Contains(out, "What does not") {
		t.Fatalf("%v, says\n%s\nand\n%s", err, asked, out)
	}
	held(t, data, ann, bob)
	h := stopped(t, data)
	defer h.close()
	if _, _, err := h.vault.OpenPassword(t.Context(), ann, "the password of ann"); err != nil {
		t.Error(err)
	}
}

// TestRepairOfNothing: where neither a database nor a keyring is left there is nothing to
// repair, and nobody who begins anew is told of a repair that was cut off.
func TestRepairOfNothing(t *testing.T) {
	data := t.TempDir()
	shared(t, data)
	media := filepath.Join(data, "media")
	if err := errors.Join(os.Rename(media, media+".away"), os.Mkdir(media, 0o700), os.Remove(filepath.Join(data, "lares.db"))); err != nil {
		t.Fatal(err)
	}
	err := repair(t.Context(), Build{}, []string{"--data", data, "--yes"}, io.Discard, io.Discard)
	if !errors.Is(err, vault.ErrNothingLeft) || !strings.Contains(err.Error(), "begin anew") {
		t.Errorf("%v", err)
	}
	if before, err := unfinished(data); err != nil || before != "" {
		t.Errorf("left %q, %v", before, err)
	}
}
