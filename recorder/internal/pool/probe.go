package pool

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

const (
	probeName = clips + "/.lares-probe"
	// probeBytes are a page: nothing has to be read to write it.
	probeBytes = 4 << 10
)

// Probe finds out whether the disk still takes what is written to it. It overwrites a page of a
// file of its own where that lies, and syncs it: that takes no space and changes no folder.
func (p *Pool) Probe() error {
	f, err := p.openProbe()
	if err != nil {
		return fmt.Errorf("pool: probing the disk: %w", err)
	}
	defer f.file.Close()
	page := make([]byte, probeBytes)
	rand.Read(page) // never fails. What is the same as before might not be written
	err = p.step(Step{Op: OpWrite, Name: probeName, Data: page}, func() error {
		_, err := f.file.WriteAt(page, 0)
		return err
	})
	if err == nil {
		err = f.Sync()
	}
	if err != nil {
		return fmt.Errorf("pool: probing the disk: %w", err)
	}
	return nil
}

// openProbe opens that file, and makes it. A link in its place goes: behind it may be a clip.
func (p *Pool) openProbe() (File, error) {
	err := p.within(Step{Op: OpStat, Name: probeName}, func(root *os.Root) error {
		is, err := root.Lstat(probeName)
		if err == nil && !is.Mode().IsRegular() {
			err = root.Remove(probeName)
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return File{}, err
	}
	return p.openFile(OpOpen, probeName, os.O_WRONLY|os.O_CREATE, fileMode)
}

// Test tries the disk as when it was taken (Try): with a new file, which it reads back. That
// needs space.
func (p *Pool) Test() error {
	return p.within(Step{Op: OpWrite, Name: clips + "/" + tryName}, tryIn)
}
