//go:build soak

package app_test

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
)

// cutDisk is a disk with a file system whose every write and flush is written down: what it
// holds if the power goes is made from that. It is a file of FUSE behind a loop device, and
// needs root.
type cutDisk struct {
	dir string // where the file system is mounted
	dev *os.File

	mu    sync.Mutex // guards following
	now   []byte
	first []byte // when it began
	log   []diskWrite
}

// diskWrite is a write; without data it is a flush, which makes durable all before it.
type diskWrite struct {
	at   int64
	data []byte
}

// sectorSize is what a disk writes whole or not at all, in bytes.
const sectorSize = 512

// The messages of FUSE, of linux/fuse.h.
const (
	fuseForget, fuseGetattr, fuseSetattr, fuseOpen, fuseRead, fuseWrite = 2, 3, 4, 14, 15, 16
	fuseRelease, fuseFsync, fuseFlush, fuseInit, fuseInterrupt          = 18, 20, 25, 26, 36
	fuseDestroy, fuseBatchForget                                        = 38, 42

	fuseInHeader, fuseOutHeader, fuseWriteIn = 40, 16, 40
	fuseMaxWrite                             = 128 << 10
	fuseDirectIO                             = 1 // FOPEN_DIRECT_IO: nothing stays with the kernel
)

// newCutDisk makes a disk of so many bytes.
func newCutDisk(t *testing.T, size int64) *cutDisk {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root mounts a disk")
	}
	dir := t.TempDir()
	image, file := filepath.Join(dir, "image"), filepath.Join(dir, "disk")
	if err := errors.Join(os.WriteFile(image, nil, 0o600), os.Truncate(image, size), os.WriteFile(file, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	run(t, "mkfs.ext4", "-q", "-m", "0", image)
	d := &cutDisk{dir: filepath.Join(dir, "mounted")}
	var err error
	if d.now, err = os.ReadFile(image); err != nil {
		t.Fatal(err)
	}
	d.first = append([]byte(nil), d.now...)
	if d.dev, err = os.OpenFile("/dev/fuse", os.O_RDWR, 0); err != nil {
		t.Skipf("there is no FUSE: %v", err)
	}
	t.Cleanup(func() { d.dev.Close() })
	// not through os.File's poller: a read of a disk that was unmounted is an error
	options := "fd=" + strconv.Itoa(int(d.dev.Fd())) + ",rootmode=100000,user_id=0,group_id=0"
	if err := syscall.Mount("cutdisk", file, "fuse", syscall.MS_NODEV|syscall.MS_NOSUID, options); err != nil {
		t.Fatalf("mounting: %v", err)
	}
	served := make(chan struct{})
	go func() { defer close(served); d.serve() }()
	t.Cleanup(func() { syscall.Unmount(file, 0); <-served })
	mountImage(t, file, d.dir)
	return d
}

// mountImage mounts the file system in a file until the test ends.
func mountImage(t *testing.T, image, dir string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	run(t, "mount", "-t", "ext4", "-o", "loop", image, dir)
	t.Cleanup(func() { run(t, "umount", dir) })
}

// serve answers the kernel until the disk is unmounted.
func (d *cutDisk) serve() {
	in := make([]byte, fuseMaxWrite+4096)
	for {
		n, err := syscall.Read(int(d.dev.Fd()), in)
		switch {
		case errors.Is(err, syscall.EINTR), errors.Is(err, syscall.EAGAIN), errors.Is(err, syscall.ENOENT):
			continue
		case err != nil || n < fuseInHeader:
			return
		}
		le := binary.LittleEndian
		body, code := d.answer(le.Uint32(in[4:]), in[fuseInHeader:n])
		if body == nil && code == 0 {
			continue
		}
		out := make([]byte, fuseOutHeader, fuseOutHeader+len(body))
		out = append(out, body...)
		le.PutUint32(out, uint32(len(out)))
		le.PutUint32(out[4:], uint32(-int32(code)))
		copy(out[8:], in[8:16]) // whose answer it is
		syscall.Write(int(d.dev.Fd()), out)
	}
}

// answer is what follows the header of an answer, or an error; neither for none at all.
func (d *cutDisk) answer(op uint32, in []byte) ([]byte, syscall.Errno) {
	le := binary.LittleEndian
	d.mu.Lock()
	defer d.mu.Unlock()
	switch op {
	case fuseInit:
		out := make([]byte, 64)
		le.PutUint32(out, 7)
		le.PutUint32(out[4:], 31)
		le.PutUint32(out[12:], 1<<5) // FUSE_BIG_WRITES
		le.PutUint32(out[20:], fuseMaxWrite)
		return out, 0
	case fuseGetattr, fuseSetattr:
		out := make([]byte, 16+88)
		le.PutUint64(out[16:], 1)
		le.PutUint64(out[24:], uint64(len(d.now)))
		le.PutUint32(out[16+60:], syscall.S_IFREG|0o600)
		le.PutUint32(out[16+64:], 1)
		le.PutUint32(out[16+80:], 4096)
		return out, 0
	case fuseOpen:
		out := make([]byte, 16)
		le.PutUint32(out[8:], fuseDirectIO)
		return out, 0
	case fuseRead:
		at, size := int64(le.Uint64(in[8:])), int64(le.Uint32(in[16:]))
		at = min(at, int64(len(d.now)))
		return append([]byte{}, d.now[at:min(at+size, int64(len(d.now)))]...), 0
	case fuseWrite:
		at, data := int64(le.Uint64(in[8:])), append([]byte(nil), in[fuseWriteIn:]...)
		copy(d.now[at:], data)
		d.log = append(d.log, diskWrite{at, data})
		return binary.LittleEndian.AppendUint64(nil, uint64(len(data))), 0
	case fuseFsync:
		d.log = append(d.log, diskWrite{})
		return []byte{}, 0
	case fuseFlush, fuseRelease:
		return []byte{}, 0
	case fuseForget, fuseBatchForget, fuseInterrupt, fuseDestroy:
		return nil, 0
	}
	return nil, syscall.ENOSYS
}

// written is how much the disk was asked so far.
func (d *cutDisk) written() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.log)
}

// image is what the disk holds if the power goes behind its first n writes: all up to the
// last flush, and of the rest what it likes, in sectors.
func (d *cutDisk) image(n int, random *rand.Rand) []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	b := append([]byte(nil), d.first...)
	sure := n
	for sure > 0 && d.log[sure-1].data != nil {
		sure--
	}
	for _, w := range d.log[:sure] {
		copy(b[w.at:], w.data)
	}
	likes := random.IntN(4) // to keep nothing, or most
	for _, w := range d.log[sure:n] {
		switch keeps := random.IntN(3); {
		case keeps < likes && random.IntN(8) > 0:
			copy(b[w.at:], w.data)
		case keeps < likes: // torn
			copy(b[w.at:], w.data[:random.IntN(len(w.data)/sectorSize+1)*sectorSize])
		}
	}
	return b
}
