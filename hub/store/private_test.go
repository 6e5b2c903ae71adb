package store

import (
	"os"
	"path/filepath"
	"testing"
)

// TestPrivateFiles: nobody else reads the database or what SQLite keeps beside it,
// whatever the folder allows, from the first start on; nor what an earlier hub, which
// was killed, left for others to read.
func TestPrivateFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "lares.db")
	private := func() {
		t.Helper()
		for _, name := range []string{path, path + "-wal", path + "-shm"} {
			if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s: %v, %v", filepath.Base(name), info, err)
			}
		}
	}
	begin := func() *Store {
		t.Helper()
		s, err := Open(t.Context(), Options{Path: path})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := begin()
	private()
	left := map[string][]byte{}
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		left[name] = b
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for name, b := range left {
		if err := os.WriteFile(name, b, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(name, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s = begin()
	private()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
