package app_test

import (
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
	b[len(b)/2] ^= 1
	write(t, files[0], b)
	if out, ok := console(data, "verify", "clips"); ok || !strings.Contains(out, files[0]+": camera ") || !strings.Contains(out, "changed behind byte") || !strings.Contains(out, "1 clips are damaged") {
		t.Errorf("a changed byte: %s", out)
	}
	if after, err := os.ReadFile(files[0]); err != nil || string(after) != string(b) {
		t.Errorf("verify wrote to the file, %v", err)
	}
	if err := os.Remove(files[0]); err != nil {
		t.Fatal(err)
	}
	if out, ok := console(data, "verify", "clips"); ok || !strings.Contains(out, "its file is not there") {
		t.Errorf("a file that is gone: %s", out)
	}
	if out, ok := console(filepath.Join(data, "nothing"), "verify", "clips"); ok {
		t.Errorf("without a hub: %s", out)
	}
	if _, err := os.Stat(filepath.Join(data, "nothing")); err == nil {
		t.Error("it made a folder")
	}
}
