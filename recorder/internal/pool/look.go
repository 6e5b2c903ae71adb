package pool

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Space is what a look found of the disk.
type Space struct {
	Free, Total int64  // bytes: for us, and of all
	ReadOnly    bool   // it is mounted for reading alone
	Network     string // the network file system that it is on, see Network
	Device      uint64 // the file system's number while it is mounted: pools of one share what is free
}

// Look finds out whether the pool is where it should be, by its path and its marker: the disk
// under it may have gone, come back, or be another. It takes the pool, tests it by writing to
// it (Try), or lets go of it; what is open of it stays as it is (File.Left). Its error is
// ErrAway or ErrOther where the pool is not there; with any other it is there and does not take
// what is written to it. One goroutine looks at a time; it may wait for as long as the disk
// lets it.
func (p *Pool) Look() (Space, error) {
	space, err := p.look()
	if errors.Is(err, ErrAway) {
		p.take(nil)
	}
	return space, err
}

func (p *Pool) look() (s Space, err error) {
	root, err := os.OpenRoot(p.dir)
	if err != nil {
		return s, fmt.Errorf("%w: %w", ErrAway, err)
	}
	defer func() {
		if root != nil {
			root.Close()
		}
	}()
	id, err := marker(root)
	if err == nil && id != p.id {
		return s, ErrOther
	}
	var at place
	if err == nil {
		s, at, err = ask(root)
	}
	if err != nil {
		return s, fmt.Errorf("%w: %w", ErrAway, err)
	}
	if at != p.at || !p.There() {
		p.at, p.tried = at, false
		p.take(root)
		root = nil
	}
	if !p.tried && !s.ReadOnly {
		err = tryIn(p.root.Load())
		p.tried = err == nil
	}
	return s, err
}

// take goes over to another root; nil lets go of the pool.
func (p *Pool) take(root *os.Root) {
	old := p.root.Swap(root)
	if old == nil && root == nil {
		return
	}
	p.mu.Lock()
	clear(p.synced)
	p.mu.Unlock()
	p.times.Add(1)
	if old != nil {
		old.Close()
	}
}

// place says which folder of which mount the clips are in. While it is open no other is the
// same.
type place struct {
	mount, device, inode uint64
}

// ask says how much space there is for clips, and where.
func ask(root *os.Root) (s Space, at place, err error) {
	d, err := root.Open(clips)
	if err != nil {
		return s, at, err
	}
	defer d.Close()
	var fs unix.Statfs_t
	if err := unix.Fstatfs(int(d.Fd()), &fs); err != nil {
		return s, at, err
	}
	var st unix.Statx_t
	if err := unix.Statx(int(d.Fd()), "", unix.AT_EMPTY_PATH, unix.STATX_INO|unix.STATX_MNT_ID, &st); err != nil {
		return s, at, err
	}
	s = Space{
		Free: int64(fs.Bavail) * int64(fs.Bsize), Total: int64(fs.Blocks) * int64(fs.Bsize),
		ReadOnly: fs.Flags&unix.ST_RDONLY != 0, Network: networks[uint32(fs.Type)],
		Device: uint64(st.Dev_major)<<32 | uint64(st.Dev_minor),
	}
	return s, place{st.Mnt_id, s.Device, st.Ino}, nil
}

// here is the root, or ErrAway.
func (p *Pool) here() (*os.Root, error) {
	if root := p.root.Load(); root != nil {
		return root, nil
	}
	return nil, ErrAway
}

// There says whether the pool was there at the last look.
func (p *Pool) There() bool { return p.root.Load() != nil }
