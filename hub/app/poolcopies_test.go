package app

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lares/hub/config"
	"lares/hub/vault"
	"lares/recorder"
)

// pooled opens a hub that does not run and has a second media pool, and what brings that copies.
func pooled(t *testing.T, data, second string) (*house, *poolCopies) {
	t.Helper()
	c := &console{ask: io.Discard, cfg: config.Config{Data: data, Media: filepath.Join(data, "media"), Pools: []config.Pool{{Name: "b", Dir: second}}, JournalKeep: time.Hour}}
	h, err := c.openStopped(t.Context(), Build{})
	if err != nil {
		t.Fatal(err)
	}
	h.log = slog.New(slog.NewTextHandler(io.Discard, nil))
	return h, &poolCopies{h: h, pool: h.pools[1]}
}

// TestPoolCopies: with the first pool and the database lost, everything comes back out of
// another pool, beside a new first one or in its place: the newest copy of the database there,
// and what is newer out of its copy of the keyring. Until then no hub begins anew.
func TestPoolCopies(t *testing.T) {
	for name, settings := range map[string]func(second string) []string{
		"beside a new disk":    func(second string) []string { return []string{"--pool", "b=" + second} },
		"in the first's place": func(second string) []string { return []string{"--media", second} },
	} {
		t.Run(name, func(t *testing.T) { comesBack(t, settings) })
	}
}

func comesBack(t *testing.T, settings func(second string) []string) {
	data, second, ctx := t.TempDir(), t.TempDir(), t.Context()
	h, copies := pooled(t, data, second)
	door := inhabit(t, h, "ann")
	for day := range 3 {
		if err := errors.Join(h.copyNow(ctx, h.pools[0], h.clock.Now().Add(time.Duration(day-3)*25*time.Hour)), copies.bring(ctx)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(h.copyIfDue(ctx, h.pools[0]), copies.bring(ctx)); err != nil {
		t.Fatal(err)
	}
	first, err1 := dailyCopies(h.cfg.Media)
	there, err2 := dailyCopies(second)
	if err := errors.Join(err1, err2); err != nil || len(there) != copyKeep || filepath.Base(there[0]) != filepath.Base(first[0]) {
		t.Fatalf("copies in the pool: %q, in the first %q, %v", there, first, err)
	}
	bob := ownerOf(t, h, inhabit(t, h, "bob")) // newer than every copy of the database
	if err := errors.Join(copies.bring(ctx), h.close()); err != nil {
		t.Fatal(err)
	}

	if err := errors.Join(os.RemoveAll(h.cfg.Media), os.Mkdir(h.cfg.Media, 0o700), os.Remove(filepath.Join(data, "lares.db"))); err != nil {
		t.Fatal(err)
	}
	args := append([]string{"--data", data, "--yes"}, settings(second)...)
	c, err := openConsole("backup", args, io.Discard, io.Discard, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.openStopped(ctx, Build{}); err == nil || !strings.Contains(err.Error(), "lares repair") {
		t.Errorf("a hub began anew beside a copy of its keys: %v", err)
	}
	var said strings.Builder
	if err := repair(ctx, Build{}, args, &said, &said); err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
	if !strings.Contains(said.String(), "from the copy "+filepath.Base(there[0])) {
		t.Errorf("says\n%s", said.String())
	}
	if h, err = c.openStopped(ctx, Build{}); err != nil {
		t.Fatal(err)
	}
	defer h.close()
	if c, err := h.store.Camera(ctx, door); err != nil || c.Name != "door of ann" {
		t.Errorf("the camera of the copy: %+v, %v", c, err)
	}
	if _, _, err := h.vault.OpenPassword(ctx, bob, "the password of bob"); err != nil {
		t.Errorf("who came after the copy: %v", err)
	}
	if back, err := h.vault.RolledBack(ctx); err != nil || !back {
		t.Errorf("nobody has to confirm, though the copy may be behind: %v", err)
	}
	if len(h.pools) == 1 {
		return
	}
	if err := (&poolCopies{h: h, pool: h.pools[1]}).bring(ctx); err != nil {
		t.Fatal(err)
	}
	if there, err := dailyCopies(second); err != nil || len(there) != copyKeep {
		t.Errorf("the only copies: %q, %v", there, err)
	}
}

// TestPoolCopyOfUnclaimed: a hub that nobody has claimed has no keys to copy yet, and nothing is
// the matter with it; once it has an account, they are copied.
func TestPoolCopyOfUnclaimed(t *testing.T) {
	data, second, ctx := t.TempDir(), t.TempDir(), t.Context()
	h, copies := pooled(t, data, second)
	defer h.close()
	path := filepath.Join(second, vault.RingCopyName)
	for range 2 {
		if err := copies.bring(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the copy of no keys: %v", err)
	}
	inhabit(t, h, "ann")
	if err := copies.bring(ctx); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(path); err != nil || !h.vault.OwnRing(b) {
		t.Errorf("the copy once there are keys: %d bytes, %v", len(b), err)
	}
}

// TestPoolCopyStaysWhole: no damage of the keyring reaches its copy, nothing is put over the
// keys of another hub, and nothing is written where the pool is not.
func TestPoolCopyStaysWhole(t *testing.T) {
	data, second, ctx := t.TempDir(), t.TempDir(), t.Context()
	h, copies := pooled(t, data, second)
	defer h.close()
	inhabit(t, h, "ann")
	path := filepath.Join(second, vault.RingCopyName)
	other := append([]byte("LARKEYS2"), make([]byte, 16)...)
	if err := os.WriteFile(path, other, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := copies.bring(ctx); !errors.Is(err, errOthersKeys) {
		t.Errorf("over the keys of another hub: %v", err)
	}
	if err := errors.Join(os.Remove(path), copies.bring(ctx)); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	inhabit(t, h, "bob")
	flipRing(t, data)
	if err := copies.bring(ctx); err == nil {
		t.Error("a damaged keyring was copied")
	}
	if b, err := os.ReadFile(path); err != nil || !bytes.Equal(b, whole) {
		t.Errorf("the copy is another: %v", err)
	}
	flipRing(t, data) // back
	if err := os.Rename(second, second+".away"); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(second, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := copies.bring(ctx); !errors.Is(err, recorder.ErrAway) {
		t.Errorf("into a folder that is not the pool: %v", err)
	}
	if left, err := os.ReadDir(second); err != nil || len(left) > 0 {
		t.Errorf("written there: %v, %v", left, err)
	}
}
