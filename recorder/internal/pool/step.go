package pool

import (
	"errors"
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

// File is a clip file. Writing always appends.
type File struct {
	file  *os.File
	pool  *Pool
	name  string // below the pool, as it was asked for
	time  uint64 // of the pool, when it was opened
	links bool   // its file system tells of names
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
	return File{f.file, p, name, time, err == nil && links(f.file) > 0}, err
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

// Sync forces the data, and the size, to the disk; times may be lost. It is fs.ErrNotExist of a
// file that was removed meanwhile: nobody finds what is written to it.
func (f File) Sync() error {
	return f.pool.step(Step{Op: OpSync, Name: f.name}, func() error {
		for {
			err := syscall.Fdatasync(int(f.file.Fd()))
			if errors.Is(err, syscall.EINTR) {
				continue
			}
			if err == nil && f.Removed() {
				err = &fs.PathError{Op: "sync", Path: f.name, Err: fs.ErrNotExist}
			}
			return err
		}
	})
}

// Removed says that the file has no name any more, where its file system tells of that.
func (f File) Removed() bool { return f.links && links(f.file) == 0 }

// Named is how long the file is that its name finds now, in bytes: fs.ErrNotExist if there is none,
// ErrCrossed if it is another one than this.
func (f File) Named() (size int64, err error) {
	err = f.pool.within(Step{Op: OpStat, Name: f.name}, func(root *os.Root) error {
		found, err := root.Stat(f.name)
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

// links is how many names a file has; -1 where that cannot be known.
func links(f *os.File) int {
	var is syscall.Stat_t
	if syscall.Fstat(int(f.Fd()), &is) != nil {
		return -1
	}
	return int(is.Nlink)
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
