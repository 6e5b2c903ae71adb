package pool

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// MarkerName is the file among a pool's clips that says which pool it is: its id in
// hexadecimal digits, on a line. It tells the pool from the empty folder that is there while
// its disk is not mounted, and from another disk.
const MarkerName = clips + "/pool.id"

// ID is what a pool is known by.
type ID [16]byte

// String is the id in hexadecimal digits.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// IsZero says that it is no id.
func (id ID) IsZero() bool { return id == ID{} }

var (
	// ErrAway says that the pool is not there: its folder, or its marker in it.
	ErrAway = errors.New("pool: the media pool is not there")
	// ErrOther says that another pool is in its place.
	ErrOther = fmt.Errorf("%w: another one is in its place", ErrAway)
)

// marker reads the marker below a root; fs.ErrNotExist if there is none.
func marker(root *os.Root) (id ID, err error) {
	f, err := root.Open(MarkerName)
	if err != nil {
		return id, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, 64))
	if err != nil {
		return id, err
	}
	text := bytes.TrimSpace(b)
	if len(text) == 0 { // of a mark that a crash stopped
		return id, fs.ErrNotExist
	}
	if n, err := hex.Decode(id[:], text[:min(len(text), 2*len(id))]); err != nil || n != len(id) || len(text) != 2*len(id) {
		return ID{}, fmt.Errorf("%w: %s holds no id", ErrOther, MarkerName)
	}
	return id, nil
}

// Mark returns the id of the pool in a folder, which there must be. One without a marker gets
// one, with a new id.
func Mark(dir string) (ID, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return ID{}, fmt.Errorf("pool: opening the media folder: %w", err)
	}
	defer root.Close()
	return mark(root)
}

func mark(root *os.Root) (id ID, err error) {
	if id, err = marker(root); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return id, err
	}
	if err := root.Mkdir(clips, dirMode); err != nil && !errors.Is(err, fs.ErrExist) {
		return id, fmt.Errorf("pool: marking the media folder: %w", err)
	}
	rand.Read(id[:]) // never fails
	f, err := root.OpenFile(MarkerName, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, fileMode)
	if err != nil {
		return ID{}, fmt.Errorf("pool: marking the media folder: %w", err)
	}
	_, err = f.WriteString(id.String() + "\n")
	if err := errors.Join(err, f.Sync(), f.Close(), syncRoot(root, clips), syncRoot(root, ".")); err != nil {
		return ID{}, fmt.Errorf("pool: marking the media folder: %w", err)
	}
	return id, nil
}

// syncRoot makes the names in a folder durable.
func syncRoot(root *os.Root, dir string) error {
	d, err := root.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
