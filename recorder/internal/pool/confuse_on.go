//go:build crossfault

package pool

import (
	"os"
	"syscall"

	"lares/cameras/fault"
	"lares/cameras/media"
)

// confuse swaps, at their sites' rates, the path for another camera's, and the
// file behind the right path for another camera's.
func (p *Pool) confuse(f File, camera media.CameraID, name string) File {
	path := fault.SwapIf(fault.FilePath, camera.String(), name, p.exists)
	if path != name {
		f.Close()
		return p.must(path)
	}
	path = fault.SwapIf(fault.FileOpen, camera.String(), name, p.exists)
	if path == name {
		return f
	}
	other := p.must(path)
	defer other.Close()
	fd, err := syscall.Dup(int(other.file.Fd()))
	if err != nil {
		panic("fault: " + err.Error())
	}
	defer f.Close()
	return File{os.NewFile(uintptr(fd), f.file.Name()), p, name, f.time}
}

func (p *Pool) exists(name string) bool {
	root, err := p.here()
	if err == nil {
		_, err = root.Stat(name)
	}
	return err == nil
}

func (p *Pool) must(name string) File {
	f, err := p.openFile(OpOpen, name, os.O_RDONLY, 0)
	if err != nil {
		panic("fault: " + err.Error()) // it was there just now
	}
	return f
}
