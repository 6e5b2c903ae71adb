package store

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"lares/recorder"
)

// small is a database on a disk of some megabytes.
func small(t *testing.T, size string) (s *Store, dir string) {
	t.Helper()
	dir = t.TempDir()
	if os.Geteuid() != 0 {
		t.Skip("mounting takes root")
	}
	if err := unix.Mount("test", dir, "tmpfs", 0, size); err != nil {
		t.Skipf("mounting a tmpfs: %v", err)
	}
	t.Cleanup(func() { unix.Unmount(dir, unix.MNT_DETACH) })
	s, err := Open(t.Context(), Options{Path: filepath.Join(dir, "lares.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, dir
}

// TestTrouble: a database that is on a full disk says so before it takes nothing any more, and
// until it takes something again.
func TestTrouble(t *testing.T) {
	t.Parallel()
	s, dir := small(t, "size=16m")
	is := func(when string, want recorder.PoolTrouble) {
		t.Helper()
		if got := s.Trouble(); got != want {
			t.Errorf("%s: %q, want %q", when, got, want)
		}
	}
	put := func(size int) error {
		return s.Update(t.Context(), func(tx *Tx) error { return tx.PutSetting(t.Context(), SettingDisk, make([]byte, size)) })
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(put(1))
	is("at first", "")
	rest, err := os.Create(filepath.Join(dir, "rest"))
	must(err)
	defer rest.Close()
	var fs unix.Statfs_t
	must(unix.Statfs(dir, &fs))
	_, err = rest.Write(make([]byte, int64(fs.Bavail)*int64(fs.Bsize)-leastRoom+1))
	must(err)
	is("nearly full", recorder.PoolFull)
	must(put(1))
	for err = nil; err == nil; {
		_, err = rest.Write(make([]byte, 4096))
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	if err := put(1 << 20); err == nil {
		t.Error("a full disk takes more")
	}
	must(rest.Truncate(0))
	is("nothing was taken since", recorder.PoolFull)
	must(s.Update(t.Context(), func(tx *Tx) error { _, err := tx.Accounts(t.Context()); return err }))
	is("nothing was changed since", recorder.PoolFull)
	must(put(2))
	is("again", "")
}
