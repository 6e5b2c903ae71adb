package recorder

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"lares/cameras/media"
	"lares/recorder/internal/pool"
)

// TestProblemsArePlain: what people read is one of a few sentences, whatever
// the error says.
func TestProblemsArePlain(t *testing.T) {
	path := func(err error) error {
		return fmt.Errorf("pool: making a clip file: %w", &fs.PathError{Op: "openat", Path: "clips/0a/2026-11/0b.lar", Err: err})
	}
	for _, c := range []struct {
		err  error
		want string
	}{
		{nil, ""},
		{errFull, problemFull},
		{path(syscall.ENOSPC), problemFull},
		{path(syscall.EDQUOT), problemFull},
		{path(syscall.ENOTDIR), problemFolder},
		{path(syscall.EACCES), problemFolder},
		{path(syscall.EROFS), problemFolder},
		{path(errors.New("path escapes from parent")), problemFolder},
		{path(syscall.EIO), problemDisk},
		{path(pool.ErrTaken), problemTaken},
		{fmt.Errorf("%w: %w", errStoreKey, path(syscall.EIO)), problemKey},
		{errNoKey, problemOpen},
		{errSilent, problemSilent},
		{fmt.Errorf("%w: %w", errSource, media.ErrClosed), problemSilent},
		{media.ErrLagging, problemLag},
		{errors.New("recorder: camera 0a at 10.0.0.9"), problemOther},
	} {
		if got := plain(c.err); got != c.want {
			t.Errorf("%v: %q, want %q", c.err, got, c.want)
		}
	}
}

// TestFolderCannotBeWritten: the camera's status says so without names, and the
// first clip after that records again.
func TestFolderCannotBeWritten(t *testing.T) {
	h := newHouse(t)
	h.start()
	at := filepath.Join(h.dir, "clips", h.cam.id.String())
	if err := os.WriteFile(at, nil, 0o600); err != nil { // where the folder would be
		t.Fatal(err)
	}
	h.cam.pictures(40)
	h.trigger(Trigger{Active: true})
	wait(t, "the trouble to be told", func() bool { return h.problem() == problemFolder })
	if p := h.r.Health().Problem; !strings.Contains(p, "the disk does not take clips") {
		t.Errorf("health %q", p)
	}
	if err := os.Remove(at); err != nil {
		t.Fatal(err)
	}
	h.recording()
	if p := h.problem(); p != "" {
		t.Errorf("problem %q", p)
	}
	h.still()
	h.clips(1)
}

// TestDiskTroubleOutlastsTheEvent: that the folder could not be written is said until
// something is recorded: nothing else shows that it can be.
func TestDiskTroubleOutlastsTheEvent(t *testing.T) {
	h := newHouse(t)
	h.start()
	at := filepath.Join(h.dir, "clips", h.cam.id.String())
	if err := os.WriteFile(at, nil, 0o600); err != nil { // where the folder would be
		t.Fatal(err)
	}
	h.cam.pictures(40)
	h.trigger(Trigger{Hold: true})
	wait(t, "the trouble to be told", func() bool { return h.problem() == problemFolder })
	h.cam.skip(200)
	h.idle()
	if p := h.problem(); p != problemFolder {
		t.Errorf("problem %q", p)
	}
}
