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

	"lares/cameras/clock"
	"lares/cameras/media"
	"lares/hub/config"
	"lares/hub/store"
	"lares/hub/vault"
)

// stopped opens a hub that does not run, in a folder.
func stopped(t *testing.T, data string) *house {
	t.Helper()
	c := &console{ask: io.Discard, cfg: config.Config{Data: data, Media: filepath.Join(data, "media"), JournalKeep: time.Hour}}
	h, err := c.openStopped(t.Context(), Build{})
	if err != nil {
		t.Fatal(err)
	}
	h.log = slog.New(slog.NewTextHandler(io.Discard, nil))
	return h
}

// inhabit gives a hub an account and a camera.
func inhabit(t *testing.T, h *house, name string) media.CameraID {
	t.Helper()
	ctx := t.Context()
	n, err := h.vault.NewAccount(ctx, store.Account{Name: name, NameKey: name}, "the password of "+name)
	if err != nil {
		t.Fatal(err)
	}
	c := store.Camera{ID: media.NewCameraID(), Owner: n.Account().ID, Name: "door of " + name, Added: h.clock.Now()}
	c.Access = h.vault.SealAccess(c.ID, c.Owner, []byte(`{"main":"rtsp://192.0.2.7/x"}`))
	err = h.store.Update(ctx, func(tx *store.Tx) error {
		return errors.Join(h.vault.AddAccount(ctx, tx, n, false), tx.AddCamera(ctx, c), h.vault.NewEpoch(ctx, tx, c, vault.Change{Owner: n.Opened}))
	})
	if err != nil {
		t.Fatal(err)
	}
	return c.ID
}

// TestDailyCopy: a copy is made once a day, two are kept, none shows what is in
// it; a repair takes the newest that is whole, and what is newer from the keys.
func TestDailyCopy(t *testing.T) {
	data := t.TempDir()
	pool := filepath.Join(data, "media")
	h := stopped(t, data)
	if err := h.copyIfDue(t.Context(), h.pools[0]); err != nil {
		t.Fatal(err)
	}
	if found, _ := dailyCopies(pool); len(found) != 0 {
		t.Error("a hub that nobody claimed has a copy")
	}
	door := inhabit(t, h, "ann")
	var made []string
	for day := range 4 { // the last days before today
		at := clock.System{}.Now().Add(time.Duration(day-3) * 25 * time.Hour)
		if day == 3 {
			if err := h.copyIfDue(t.Context(), h.pools[0]); err != nil {
				t.Fatal(err)
			}
		} else if err := h.copyNow(t.Context(), h.pools[0], at); err != nil {
			t.Fatal(err)
		}
		found, err := dailyCopies(pool)
		if err != nil {
			t.Fatal(err)
		}
		made = found
	}
	if len(made) != copyKeep {
		t.Fatalf("kept %v", made)
	}
	if err := h.copyIfDue(t.Context(), h.pools[0]); err != nil {
		t.Fatal(err)
	}
	if again, _ := dailyCopies(pool); again[0] != made[0] {
		t.Error("two copies in a day")
	}
	b, err := os.ReadFile(made[0])
	if err != nil || bytes.Contains(b, []byte("SQLite")) || bytes.Contains(b, []byte("door of")) {
		t.Errorf("a copy shows what is in it, %v", err)
	}
	late := inhabit(t, h, "bob") // newer than every copy
	if err := h.close(); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(data, "*.tmp.db")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}

	b[len(b)/2] ^= 1
	if err := errors.Join(os.WriteFile(made[0], b, 0o600), os.WriteFile(filepath.Join(data, "lares.db"), []byte("damaged"), 0o600),
		os.Remove(filepath.Join(data, "lares.db-wal"))); err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	var said strings.Builder
	if err := repair(t.Context(), Build{}, []string{"--data", data, "--yes"}, &said, &said); err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
	for _, want := range []string{"is not whole", "rebuilt from the copy " + filepath.Base(made[1]), "2 accounts", "1 cameras, and the recordings of 1 that are out of use", "shares of 1 cameras"} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("repair does not say %q:\n%s", want, said.String())
		}
	}
	h = stopped(t, data)
	defer h.close()
	c, err := h.store.Camera(t.Context(), door)
	if err != nil || c.Name != "door of ann" {
		t.Errorf("the camera of the copy: %+v, %v", c, err)
	}
	if access, err := h.vault.OpenAccess(c); err != nil || !strings.Contains(string(access), "192.0.2.7") {
		t.Errorf("its access: %v", err)
	}
	if c, err = h.store.Camera(t.Context(), late); err != nil || c.Name == "door of bob" {
		t.Errorf("the camera that came later: %+v, %v", c, err)
	}
	if aside, _ := filepath.Glob(filepath.Join(data, "lares.db.lost-*")); len(aside) != 1 {
		t.Errorf("put aside: %v", aside)
	}
}
