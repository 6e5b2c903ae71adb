package pool

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// Op is what a Step asks for.
type Op string

// All that is asked of the file system goes through one of these.
const (
	OpMakeDir   Op = "make folder"
	OpSyncDir   Op = "sync folder"
	OpList      Op = "list folder"
	OpCreate    Op = "create"
	OpOpen      Op = "open"
	OpStat      Op = "stat"
	OpRead      Op = "read"
	OpWrite     Op = "write"
	OpSync      Op = "sync"
	OpTruncate  Op = "truncate"
	OpClose     Op = "close"
	OpRemove    Op = "remove"
	OpRemoveAll Op = "remove folder"
	OpSpace     Op = "ask for space"
)

// Step is one thing that is asked of the file system.
type Step struct {
	Op   Op
	Name string // of file or folder, below the pool
	Data []byte // what OpWrite appends, valid during the step
	Size int64  // what OpTruncate leaves
}

// Intercept has f take each step from now on: it calls take, which does what was asked, or
// does not, and its error is what became of it. So tests make a disk fail, wait, or lose
// what was not synced. It is called before the pool is used; f from many goroutines.
func (p *Pool) Intercept(f func(s Step, take func() error) error) { p.intercept = f }

func (p *Pool) step(s Step, take func() error) error {
	if p.intercept == nil {
		return take()
	}
	return p.intercept(s, take)
}

// within takes a step in the root; ErrAway where there is none.
func (p *Pool) within(s Step, take func(root *os.Root) error) error {
	return p.step(s, func() error {
		root, err := p.here()
		if err != nil {
			return err
		}
		return take(root)
	})
}

// ErrTaken says that the name of a file that is open finds none any more.
var ErrTaken = fmt.Errorf("pool: the file was taken away: %w", fs.ErrNotExist)

// File is a clip file. Writing always appends.
type File struct {
	file *os.File
	pool *Pool
	name string // below the pool, as it was asked for
	time uint64 // of the pool, when it was opened
}

// Left says that the pool was let go of since the file was opened: the file is none of what
// is there now.
func (f File) Left() bool { return f.pool.times.Load() != f.time }

func (p *Pool) openFile(op Op, name string, flag int, mode fs.FileMode) (f File, err error) {
	time := p.times.Load() // before the root: a file of an older one counts as left
	err = p.within(Step{Op: op, Name: name}, func(root *os.Root) (err error) {
		f.file, err = root.OpenFile(name, flag, mode)
		return err
	})
	if err != nil && f.file != nil { // it was opened, and a test says that it was not
		f.file.Close()
	}
	return File{f.file, p, name, time}, err
}

// Write appends b.
func (f File) Write(b []byte) (n int, err error) {
	err = f.pool.step(Step{Op: OpWrite, Name: f.name, Data: b}, func() (err error) {
		n, err = f.file.Write(b)
		return err
	})
	return n, err
}

// ReadAt is io.ReaderAt's.
func (f File) ReadAt(b []byte, off int64) (n int, err error) {
	err = f.pool.step(Step{Op: OpRead, Name: f.name}, func() (err error) {
		n, err = f.file.ReadAt(b, off)
		return err
	})
	return n, err
}

// Sync forces the data, and the size, to the disk; times may be lost. It is ErrTaken of a file that
// was removed or renamed meanwhile: nobody finds what is written to it.
func (f File) Sync() error {
	err := f.pool.step(Step{Op: OpSync, Name: f.name}, func() error {
		for {
			err := syscall.Fdatasync(int(f.file.Fd()))
			if errors.Is(err, syscall.EINTR) {
				continue
			}
			return err
		}
	})
	if err == nil && f.Taken() {
		err = &fs.PathError{Op: "sync", Path: f.name, Err: ErrTaken}
	}
	return err
}

// Taken says that the name of the file finds none any more, in a pool that is still there.
func (f File) Taken() bool {
	if f.Left() {
		return false
	}
	_, err := f.Named()
	return errors.Is(err, ErrTaken)
}

// Named is how long the file is that its name finds now, in bytes: ErrTaken if there is none,
// ErrCrossed if it is another one than this, or none at all.
func (f File) Named() (size int64, err error) {
	err = f.pool.within(Step{Op: OpStat, Name: f.name}, func(root *os.Root) error {
		found, err := root.Lstat(f.name)
		if errors.Is(err, fs.ErrNotExist) {
			return ErrTaken
		}
		if err != nil {
			return err
		}
		size = found.Size()
		is, err := f.file.Stat()
		if err == nil && !os.SameFile(found, is) {
			err = ErrCrossed
		}
		return err
	})
	return size, err
}

// Truncate cuts the file.
func (f File) Truncate(size int64) error {
	return f.pool.step(Step{Op: OpTruncate, Name: f.name, Size: size}, func() error { return f.file.Truncate(size) })
}

// Size is how long the file is now, in bytes.
func (f File) Size() (size int64, err error) {
	err = f.pool.step(Step{Op: OpStat, Name: f.name}, func() error {
		info, err := f.file.Stat()
		if err == nil {
			size = info.Size()
		}
		return err
	})
	return size, err
}

// Close releases the file; a second time is fs.ErrClosed.
func (f File) Close() error {
	return f.pool.step(Step{Op: OpClose, Name: f.name}, f.file.Close)
}
