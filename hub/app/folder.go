package app

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"

	"lares/recorder"
)

// folder is a locked data folder: one hub at a time works in it, or makes a backup of it.
type folder struct{ lock *os.File }

// openFolder makes the data folder if needed, checks that it can be written,
// and locks it until Close. The kernel drops the lock of a process that dies.
func openFolder(path string) (*folder, error) {
	if err := makeWritable(path, "--data"); err != nil {
		return nil, err
	}
	lock, err := os.OpenFile(filepath.Join(path, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, cannotWrite(path, "--data", err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		lock.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("the data folder %s is in use by another lares: stop it first, or choose another folder with --data", path)
		}
		return nil, fmt.Errorf("app: locking %s: %w (the data folder must be on a local disk)", path, err)
	}
	return &folder{lock}, nil
}

// Close lets the next hub in. It gives the lock back by itself: a child that is being started has all
// that is open here until it is executed, and for as long the kernel keeps what is only closed.
func (f *folder) Close() error {
	return errors.Join(syscall.Flock(int(f.lock.Fd()), syscall.LOCK_UN), f.lock.Close())
}

// makeWritable makes a folder if needed; setting is the flag that chooses it.
func makeWritable(path, setting string) error {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return cannotWrite(path, setting, err)
	}
	if err := syscall.Access(path, 2 /* W_OK */); err != nil {
		return cannotWrite(path, setting, err)
	}
	return nil
}

// tryMedia makes the folder for recordings of a hub that does not know one yet, if needed, and
// finds out whether it keeps what is written to it. A full disk is no reason not to start: the
// oldest recordings go.
func tryMedia(path string, log *slog.Logger) error {
	if err := makeWritable(path, "--media"); err != nil {
		return err
	}
	err := recorder.TryFolder(path)
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		log.Warn("the disk for recordings is full", "folder", path)
		return nil
	case errors.Is(err, recorder.ErrNotKept):
		return fmt.Errorf("the folder %s does not give back what is written to it: its disk is broken, or smaller than it claims to be: choose another with --media", path)
	case errors.Is(err, syscall.EROFS), errors.Is(err, syscall.EACCES), errors.Is(err, syscall.EPERM):
		return cannotWrite(path, "--media", err)
	case err != nil:
		return fmt.Errorf("the folder %s failed a test of writing: %w: look after its disk, or choose another with --media", path, err)
	}
	return nil
}

func cannotWrite(path, setting string, err error) error {
	var reason *os.PathError
	if errors.As(err, &reason) {
		err = reason.Err
	}
	remedy := "give it to the user who runs lares"
	if errors.Is(err, syscall.EROFS) {
		remedy = "mount its file system for writing"
	}
	return fmt.Errorf("the folder %s cannot be written: %w: %s, or choose another with %s", path, err, remedy, setting)
}
