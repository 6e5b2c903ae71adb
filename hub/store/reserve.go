package store

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// The reserve is a part of the disk, and no more than some hundred thousand rows take.
	reservePart = 64
	reserveMost = 32 << 20
	// It is let go in so many steps, none of which is what a recording needs to begin: what was kept
	// back for rows is not recorded to. reserveStep bytes are the least that goes, and taken at once.
	reserveSteps = 8
	reserveStep  = 1 << 20
	// lastRoom is how little is free when a step goes without having been asked for: the next
	// transactions fit that.
	lastRoom = 1 << 20
	// spareRoom is what has to be free besides when it is taken. Retention keeps more free, so
	// that a disk on which it works has a reserve.
	spareRoom = 2 * leastRoom
	// reserveEvery is how often it is looked whether all of it is there, and a step is taken of what
	// is missing. What went is not taken again before the third look, and where it cannot be taken
	// that is not tried for ten minutes.
	reserveEvery = 5 * time.Second
	lentLooks    = 2
	offLooks     = 120
)

// reserve is a file beside the database that holds nothing but room on its disk. Where something
// else takes the last byte of that, rows cannot be stored: nor can those with which recordings are
// removed, whose room is needed, and those of who signs in, and is to be told of it. Then some of
// the file goes, and all of that fits again.
type reserve struct {
	path string
	mu   sync.Mutex // guards following, and the file
	lent int        // some of it went: for so many looks it is not taken again
	off  int        // it could not be taken: nor is it tried for so many looks
}

func newReserve(database string) *reserve { return &reserve{path: database + "-reserve"} }

// room is how much is free on the disk, how much is kept back there, -1 where nothing ever was,
// and how much of it is to be. It waits for the disk.
func (r *reserve) room() (free, has, wants int64, err error) {
	var disk unix.Statfs_t
	if err := unix.Statfs(filepath.Dir(r.path), &disk); err != nil {
		return 0, 0, 0, fmt.Errorf("store: the reserve: %w", err)
	}
	block := int64(disk.Bsize)
	free, wants = int64(disk.Bavail)*block, min(reserveMost, int64(disk.Blocks)*block/reservePart)
	info, err := os.Stat(r.path)
	if errors.Is(err, fs.ErrNotExist) {
		return free, -1, wants, nil
	} else if err != nil {
		return 0, 0, 0, fmt.Errorf("store: the reserve: %w", err)
	}
	return free, info.Size(), wants, nil
}

// out says whether the disk has no room for all of it, after some of it went. Whoever is to be
// told of a full disk is, also where recordings that go make room within a moment.
func (r *reserve) out() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	free, has, wants, err := r.room()
	return r.lent > 0 || err == nil && 0 <= has && has < wants && free < wants-has+spareRoom
}

// letGo gives a step of the reserve back to the disk, if there is any.
func (r *reserve) letGo() (went bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, has, wants, err := r.room()
	if err != nil || has <= 0 {
		return false
	}
	left := max(0, has-max(reserveStep, wants/reserveSteps))
	if err := r.change(func(f *os.File) error { return f.Truncate(left) }); err != nil {
		return false
	}
	r.lent = lentLooks
	return true
}

// ease lets go what a start needs.
func (r *reserve) ease() {
	for {
		if free, _, _, err := r.room(); err != nil || free >= leastRoom || !r.letGo() {
			return
		}
	}
}

// look takes a step of what is missing of the reserve where there is room for all of it, and says
// in the log what went.
func (r *reserve) look(log *slog.Logger) {
	r.mu.Lock()
	lent, off := r.lent, r.off
	r.lent, r.off = max(0, lent-1), max(0, off-1)
	r.mu.Unlock()
	if lent == lentLooks {
		_, has, _, _ := r.room()
		log.Warn("the disk of the database is full: some of what is kept back there for it was let go", "bytes_left", has)
	}
	if lent > 0 || off > 0 {
		return
	}
	if err := r.take(); err != nil {
		log.Warn("no room could be kept back for the database", "error", err)
	}
}

// take takes the next step, which no disk is busy with for long. Bytes at random take their room on
// a file system that compresses, too, or that promises what it then has not.
func (r *reserve) take() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	free, has, wants, err := r.room()
	has = max(0, has)
	if err != nil || r.lent > 0 || has >= wants || free < wants-has+spareRoom {
		return err
	}
	step := make([]byte, min(reserveStep, wants-has))
	rand.Read(step)
	err = r.change(func(f *os.File) error {
		_, err := f.WriteAt(step, has)
		return err
	})
	if err != nil { // such as by a quota, of which the disk does not say how much is left
		os.Remove(r.path)
		r.off = offLooks
	}
	return err
}

// change changes the file for good: what a file system with a journal says is free may not be
// written to until then.
func (r *reserve) change(how func(*os.File) error) error {
	f, err := os.OpenFile(r.path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("store: the reserve: %w", err)
	}
	if err = how(f); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("store: the reserve: %w", err)
	}
	return nil
}
