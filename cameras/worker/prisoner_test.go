package worker

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// TestMain makes the test binary a hub, or a burglar in it.
func TestMain(m *testing.M) {
	if dir := os.Getenv(hubEnv); dir != "" {
		playHub(dir)
	}
	if place := os.Getenv(burglarEnv); place != "" {
		playBurglar(place)
	}
	os.Exit(m.Run())
}

// prisoner is what a process in the cage met.
type prisoner struct {
	Lacking string
	UID     int
	// Landlock is the kernel's version of it, 0 for none.
	Landlock int
	// Tried maps what was tried to the error it met, "" for success.
	Tried map[string]string
}

func landlockVersion() int {
	v, _, e := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if e != 0 {
		return 0
	}
	return int(v)
}

func errnoError(e syscall.Errno) error {
	if e == 0 {
		return nil
	}
	return e
}

// tryListen does without bind: the kernel picks the port.
func tryListen() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		return nil // the test sees that this was not what is forbidden
	}
	defer unix.Close(fd)
	return unix.Listen(fd, 1)
}

func text(err error) string {
	var e syscall.Errno
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e):
		return e.Error()
	}
	return err.Error()
}

// shipped builds this test binary the way the product is built: without cgo,
// and so without the race detector.
func shipped(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "worker.test")
	c := exec.Command("go", "test", "-c", "-o", binary, ".")
	c.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("building without cgo: %v\n%s", err, out)
	}
	return binary
}
