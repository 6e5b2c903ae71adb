package pool

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// mount mounts a small file system on a folder until the test ends.
func mount(t *testing.T, options string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if os.Geteuid() != 0 {
		t.Skip("mounting takes root")
	}
	if err := unix.Mount("test", dir, "tmpfs", 0, options); err != nil {
		t.Skipf("mounting a tmpfs: %v", err)
	}
	t.Cleanup(func() { unix.Unmount(dir, unix.MNT_DETACH) })
	return dir
}

func TestTry(t *testing.T) {
	dir := t.TempDir()
	// what a start that was killed left, to where others may write
	other := filepath.Join(t.TempDir(), "other")
	if err := errors.Join(os.WriteFile(other, []byte("theirs"), 0o600), os.Symlink(other, filepath.Join(dir, tryName))); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := Try(dir); err != nil {
			t.Error(err)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if b, err := os.ReadFile(other); err != nil || string(b) != "theirs" {
		t.Errorf("the test went through a link: %q, %v", b, err)
	}
	if err := Try(filepath.Join(dir, "absent")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
	if Network(dir) != "" || Network(filepath.Join(dir, "absent")) != "" {
		t.Errorf("a folder of this machine is on %q", Network(dir))
	}
}

func TestTryFull(t *testing.T) {
	dir := mount(t, "size=64k")
	if err := os.WriteFile(filepath.Join(dir, "rest"), make([]byte, 32<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Try(dir); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("a full disk: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, tryName)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("left behind: %v", err)
	}
}

func TestTryReadOnly(t *testing.T) {
	dir := mount(t, "")
	if err := unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	if err := Try(dir); !errors.Is(err, syscall.EROFS) {
		t.Errorf("a disk for reading alone: %v", err)
	}
}
