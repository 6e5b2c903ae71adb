package pool

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// TestProbe: one page of one file is written anew each time, which is none of the clips'; a link
// in its place is not followed.
func TestProbe(t *testing.T) {
	p, dir := found(t)
	name := filepath.Join(dir, probeName)
	clip := filepath.Join(dir, clips, "clip")
	if err := errors.Join(os.WriteFile(clip, []byte("pictures"), 0o600), os.Symlink("clip", name)); err != nil {
		t.Fatal(err)
	}
	probe := func() (is fs.FileInfo, text string) {
		t.Helper()
		if err := errors.Join(p.Probe(), p.Test()); err != nil {
			t.Fatal(err)
		}
		is, err := os.Lstat(name)
		b, err2 := os.ReadFile(name)
		if err := errors.Join(err, err2); err != nil || len(b) != probeBytes || !is.Mode().IsRegular() {
			t.Fatalf("%d bytes, %v, %v", len(b), is, err)
		}
		return is, string(b)
	}
	first, a := probe()
	second, b := probe()
	if a == b || !os.SameFile(first, second) {
		t.Error("it is not written anew, or is another file")
	}
	if b, err := os.ReadFile(clip); err != nil || string(b) != "pictures" {
		t.Errorf("a probe went through a link: %q, %v", b, err)
	}
	if err := os.Remove(clip); err != nil {
		t.Fatal(err)
	}
	if err := p.Walk(t.Context(), func(f Found) { t.Errorf("found %+v", f) }); err != nil {
		t.Error(err)
	}
	if err := os.Rename(dir, dir+".aside"); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Look(); !errors.Is(err, ErrAway) || !errors.Is(p.Probe(), ErrAway) || !errors.Is(p.Test(), ErrAway) {
		t.Errorf("a pool that is away: %v", err)
	}
}
