package pool

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

const (
	tryName = ".lares-write-test"
	// tryBytes are some pages, so that one the file system holds back is not all.
	tryBytes = 64 << 10
)

// ErrNotKept says that a disk does not give back what was written to it.
var ErrNotKept = errors.New("pool: the disk does not give back what was written")

// Try writes a file into a folder, or that of its clips, through to the disk, reads it back
// from there and removes it. What a start that was killed left of one is removed first.
func Try(dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("pool: opening the folder: %w", err)
	}
	defer root.Close()
	return tryIn(root)
}

func tryIn(root *os.Root) error {
	name := tryName
	if info, err := root.Stat(clips); err == nil && info.IsDir() { // it may be a disk of its own
		name = clips + "/" + tryName
	}
	if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("pool: removing a test file: %w", err)
	}
	f, err := root.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return fmt.Errorf("pool: making a test file: %w", err)
	}
	defer f.Close()
	if err := errors.Join(through(f), root.Remove(name)); err != nil {
		return fmt.Errorf("pool: testing the disk: %w", err)
	}
	return nil
}

// through writes to the disk and reads back, from there as far as the kernel lets go of its
// own copy.
func through(f *os.File) error {
	written, read := make([]byte, tryBytes), make([]byte, tryBytes)
	rand.Read(written) // never fails
	if _, err := f.Write(written); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	_ = unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED) // a hint
	switch _, err := f.ReadAt(read, 0); {
	case errors.Is(err, io.EOF), err == nil && !bytes.Equal(read, written):
		return ErrNotKept
	default:
		return err
	}
}
