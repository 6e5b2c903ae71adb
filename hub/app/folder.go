package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// folder is a locked data folder: one hub at a time works in it.
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

// Close lets the next hub in.
func (f *folder) Close() error { return f.lock.Close() }

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

func cannotWrite(path, setting string, err error) error {
	var reason *os.PathError
	if errors.As(err, &reason) {
		err = reason.Err
	}
	return fmt.Errorf("the folder %s cannot be written: %w: give it to the user who runs lares, or choose another with %s", path, err, setting)
}
