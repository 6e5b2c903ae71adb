package store

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"lares/recorder"
)

// crowded is a database on a small disk that is shared with a file of another program.
type crowded struct {
	*testing.T
	*Store
	dir  string
	rest *os.File
}

// newCrowded has a reserve of two steps.
func newCrowded(t *testing.T) *crowded {
	t.Helper()
	s, dir := small(t, "size=128m")
	rest, err := os.OpenFile(filepath.Join(dir, "rest"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { rest.Close() })
	c := &crowded{t, s, dir, rest}
	c.kept("at first", -1)
	for range 3 {
		c.look()
	}
	c.kept("with room", 2*reserveStep)
	return c
}

func (c *crowded) look() { c.reserve.look(slog.New(slog.DiscardHandler)) }

// free is how much is free on the disk.
func (c *crowded) free() int64 {
	c.Helper()
	var fs unix.Statfs_t
	if err := unix.Statfs(c.dir, &fs); err != nil {
		c.Fatal(err)
	}
	return int64(fs.Bavail) * int64(fs.Bsize)
}

// leave has the other program take all but so many bytes; the log of the database has no room in
// it that is only written over.
func (c *crowded) leave(bytes int64) {
	c.Helper()
	if err := c.checkpoint(c.Context()); err != nil {
		c.Fatal(err)
	}
	c.fill(bytes)
}

// fill is leave for a database that is closed.
func (c *crowded) fill(bytes int64) {
	c.Helper()
	if err := c.rest.Truncate(0); err != nil {
		c.Fatal(err)
	}
	for piece := make([]byte, 4096); c.free() > bytes; {
		if _, err := c.rest.Write(piece[:min(int64(len(piece)), c.free()-bytes)]); err != nil && !errors.Is(err, syscall.ENOSPC) {
			c.Fatal(err)
		}
	}
}

// put stores a row, another one each time: what is as it was takes nothing.
func (c *crowded) put() error {
	row := make([]byte, 64<<10)
	rand.Read(row)
	return c.Update(c.Context(), func(tx *Tx) error { return tx.PutSetting(c.Context(), SettingDisk, row) })
}

func (c *crowded) kept(when string, want int64) {
	c.Helper()
	info, err := os.Stat(filepath.Join(c.dir, "lares.db-reserve"))
	switch {
	case want < 0 && !errors.Is(err, os.ErrNotExist):
		c.Fatalf("%s: there is a reserve, %v", when, err)
	case want >= 0 && err != nil:
		c.Fatalf("%s: %v", when, err)
	case want >= 0 && (info.Size() != want || info.Sys().(*syscall.Stat_t).Blocks*512 < want || info.Mode() != 0o600):
		c.Fatalf("%s: %v of %d bytes is kept back, want %d", when, info.Mode(), info.Size(), want)
	}
}

func (c *crowded) troubled(when string, want recorder.PoolTrouble) {
	c.Helper()
	if got := c.Trouble(); got != want {
		c.Errorf("%s: %q, want %q", when, got, want)
	}
}

// TestReserve: on a disk without a byte left the database takes rows again after the first that it
// did not, as often as something is kept back; it says that the disk is full until that is there
// again, which takes the room for it.
func TestReserve(t *testing.T) {
	t.Parallel()
	c := newCrowded(t)
	c.troubled("with room", "")
	c.leave(0)
	if err := c.put(); err == nil {
		t.Fatal("a full disk takes a row")
	}
	c.kept("after a row", reserveStep)
	if err := c.put(); err != nil {
		t.Fatalf("with what was kept back: %v", err)
	}
	c.leave(lastRoom - 4096)
	c.troubled("next to full", recorder.PoolFull)
	c.kept("next to full", 0)
	c.leave(0)
	if err := c.put(); err == nil {
		t.Fatal("a full disk takes a row")
	}
	c.troubled("with nothing kept back", recorder.PoolFull)

	c.leave(16 << 20)
	if err := c.put(); err != nil {
		t.Fatal(err)
	}
	for range lentLooks {
		c.troubled("with room again", recorder.PoolFull)
		c.look()
		c.kept("with room again", 0)
	}
	c.troubled("after a while", "")
	c.leave(2*reserveStep + spareRoom - 4096)
	c.look()
	c.kept("without the room for it", 0)
	c.troubled("without the room for it", recorder.PoolFull)
	c.leave(2*reserveStep + spareRoom)
	c.look()
	c.kept("with just the room", reserveStep)
	c.look()
	c.kept("with just the room", 2*reserveStep)
	c.troubled("with just the room", "")
}

// TestReserveOpens: a hub that starts on a disk without a byte left does so with what was kept back,
// and says what is missing where nothing was.
func TestReserveOpens(t *testing.T) {
	t.Parallel()
	c := newCrowded(t)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	c.fill(0)
	s, err := Open(t.Context(), Options{Path: c.path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	c.Store = s
	c.kept("after the start", 0)
	if err := c.put(); err != nil {
		t.Error(err)
	}
	c.troubled("after the start", recorder.PoolFull)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	c.fill(0)
	if _, err := Open(t.Context(), Options{Path: c.path}); err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("with nothing kept back: %v", err)
	}
}
