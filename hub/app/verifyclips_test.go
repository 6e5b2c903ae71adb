package app_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lares/cameras/fakecam"
)

// TestVerifyClips: verify reads every recording beside a running hub and with it
// stopped, and names the file of which somebody changed a byte, and the one that
// is gone, with what to do.
func TestVerifyClips(t *testing.T) {
	t.Parallel()
	cam := startCamera(t, fakecam.Options{Name: "verify", Source: fakecam.TestCard{}})
	data := t.TempDir()
	h := startHub(t, data)
	ann := h.claim("ann")
	recordOne(t, h, ann, ann.addCamera(map[string]string{"name": "verify", "main": cam.MainURL()}))
	if out, ok := console(data, "verify", "clips"); !ok || !strings.Contains(out, "as they were written") {
		t.Errorf("running: %s", out)
	}
	if err := h.stop(); err != nil {
		t.Fatal(err)
	}
	if out, ok := console(data, "verify", "clips"); !ok || !strings.Contains(out, "1 clips are as they were written: 1 complete") {
		t.Errorf("stopped: %s", out)
	}
	files, err := filepath.Glob(filepath.Join(data, "media", "clips", "*", "*", "*.lar"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v", files, err)
	}
	b, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	change := func(statement string) {
		t.Helper()
		db, err := sql.Open("sqlite", filepath.Join(data, "lares.db"))
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	change("UPDATE clip SET state = 'open'")
	write(t, files[0], b[:len(b)-10])
	if out, ok := console(data, "verify", "clips"); !ok || !strings.Contains(out, files[0]+": camera ") || !strings.Contains(out, "has no end yet") || !strings.Contains(out, "1 are being written") {
		t.Errorf("cut, and the row says open: %s", out)
	}
	change("UPDATE clip SET state = 'removing'")
	if out, ok := console(data, "verify", "clips"); ok || !strings.Contains(out, "cut short") || !strings.Contains(out, "1 clips are damaged") {
		t.Errorf("cut, and the row says removing: %s", out)
	}
	write(t, files[0], b)
	if out, ok := console(data, "verify", "clips"); !ok || !strings.Contains(out, "1 are about to be removed") {
		t.Errorf("whole, and the row says removing: %s", out)
	}
	change("UPDATE clip SET state = 'complete'")
	b[len(b)/2] ^= 1
	write(t, files[0], b)
	if out, ok := console(data, "verify", "clips"); ok || !strings.Contains(out, files[0]+": camera ") || !strings.Contains(out, "changed behind byte") || !strings.Contains(out, "1 clips are damaged") {
		t.Errorf("a changed byte: %s", out)
	}
	stretch := func(what string) {
		t.Helper()
		change("UPDATE clip SET stretch = 1")
		defer change("UPDATE clip SET stretch = 0")
		if out, ok := console(data, "verify", "clips"); ok || !strings.Contains(out, "It goes when it is due") || strings.Contains(out, "delete the event") {
			t.Errorf("%s of no event: %s", what, out)
		}
	}
	stretch("a changed byte")
	if after, err := os.ReadFile(files[0]); err != nil || string(after) != string(b) {
		t.Errorf("verify wrote to the file, %v", err)
	}
	if err := os.Remove(files[0]); err != nil {
		t.Fatal(err)
	}
	if out, ok := console(data, "verify", "clips"); ok || !strings.Contains(out, "its file is not there") {
		t.Errorf("a file that is gone: %s", out)
	}
	stretch("a file that is gone")
	write(t, files[0], b)
	change("DELETE FROM clip")
	if out, ok := console(data, "verify", "clips"); ok || !strings.Contains(out, "lares repair lists what plays of it") {
		t.Errorf("a changed byte of what is not listed: %s", out)
	}
	if out, ok := console(filepath.Join(data, "nothing"), "verify", "clips"); ok {
		t.Errorf("without a hub: %s", out)
	}
	if _, err := os.Stat(filepath.Join(data, "nothing")); err == nil {
		t.Error("it made a folder")
	}
}
