//go:build soak

package app_test

import (
	"database/sql"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"lares/cameras/fakecam"
)

// fullFor is how long the disk of TestSoakFullDisk has not a byte left.
const fullFor = 20 * time.Second

// TestSoakFullDisk: what a hub has, its database and its recordings, is on one disk of 64 MiB,
// and somebody takes every byte that is left there or becomes free. Killed once that is over,
// and while it lasts, the hub is back and records: its database is whole, and so are its clips.
func TestSoakFullDisk(t *testing.T) {
	disk := t.TempDir()
	if err := unix.Mount("small", disk, "tmpfs", 0, "size=64m"); err != nil {
		t.Skipf("mounting a tmpfs takes root: %v", err)
	}
	t.Cleanup(func() { unix.Unmount(disk, unix.MNT_DETACH) })
	data := filepath.Join(disk, "data")
	h := startHub(t, data)
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(h.stderr)
		}
	})
	keeper := h.claim("keeper")
	var ids []string
	for _, name := range []string{"one", "two"} {
		cam := startCamera(t, fakecam.Options{Name: name, Source: fakecam.TestCard{}})
		id := keeper.addCamera(map[string]string{"name": name, "main": cam.MainURL()})
		keeper.overlooks(id)
		keeper.plan(id, map[string]any{"mode": "both", "pre_roll_ms": 1000, "post_roll_ms": 1000})
		ids = append(ids, id)
	}
	waitLive(t, keeper, ids)
	recorded := func() {
		t.Helper()
		since := time.Now()
		for _, id := range ids {
			until(t, patience, "camera "+id+" is recorded", func() bool {
				return len(keeper.recordedSince(id, since)) > 0 && newest(filepath.Join(data, "media", "clips", id)).After(since)
			})
		}
	}
	recorded()
	for _, whileFull := range []bool{false, true} {
		rest := filepath.Join(disk, "rest")
		full, taken := false, 0
		for began := time.Now(); time.Since(began) < fullFor; pause(t, 20*time.Millisecond) {
			taken += takeAll(t, rest)
			if trouble := keeper.disks()["main"]; trouble == "full" {
				full = true
			}
			for _, id := range ids { // what it is answered with is the hub's to say
				keeper.send(http.MethodPost, keeper.url("cameras/"+id+"/trigger"), map[string]any{})
			}
		}
		if !full {
			t.Error("the hub does not show that the disk is full")
		}
		if whileFull {
			h.kill()
		}
		if err := os.Remove(rest); err != nil {
			t.Fatal(err)
		}
		if !whileFull {
			recorded()
			h.kill()
		}
		wholeDatabase(t, data)
		if says := h.stderr.String(); strings.Contains(says, "goroutine ") {
			t.Errorf("the hub panicked:\n%s", says)
		}
		h = startHub(t, data)
		keeper = keeper.at(h)
		recorded()
		t.Logf("%d bytes were taken, and the hub was back after %v", taken, h.ready)
	}
	clipsHold(t, keeper)
	if err := h.stop(); err != nil {
		t.Errorf("stopping: %v", err)
	}
	wholeDatabase(t, data)
	if out, ok := console(data, "verify", "journal"); !ok {
		t.Errorf("%s", out)
	}
}

// wholeDatabase asks the database that a hub left, with what was not in it yet, whether it is
// whole: a copy of it, so that the next start finds what was left.
func wholeDatabase(t *testing.T, data string) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"lares.db", "lares.db-wal"} {
		b, err := os.ReadFile(filepath.Join(data, name))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, name), b)
	}
	db, err := sql.Open("sqlite", filepath.Join(dir, "lares.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var is string
	if err := db.QueryRow("PRAGMA integrity_check").Scan(&is); err != nil || is != "ok" {
		t.Errorf("the database is %q, %v", is, err)
	}
	var broken int
	if err := db.QueryRow("SELECT count(*) FROM pragma_foreign_key_check").Scan(&broken); err != nil || broken > 0 {
		t.Errorf("%d rows name others that are not there, %v", broken, err)
	}
}
